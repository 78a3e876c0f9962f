"""Compares a vector index with the item documents, and removes vectors without an image."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.batching import batched
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection, Item, VectorIndex
from core.storage.items import item_key

_READ_BATCH = 500

ImageKey = tuple[str, str]
"""A SKU and a view."""


@dataclass(frozen=True)
class Differences:
    """Vectors without an image, and images without a vector."""

    extra: set[ImageKey]
    missing: set[ImageKey]


def find_differences(
    collection: Collection, index: VectorIndex, services: Services, heartbeat: Heartbeat
) -> Differences:
    """Compare the vectors of an index with the item documents.

    Raises:
        NotFound: the index does not exist.
    """
    vectors = set(services.vectors.keys(index.name))
    extra, missing = set(vectors), set[ImageKey]()
    for item in iterate_items(collection, services, heartbeat):
        images = {(item.sku, image.view) for image in item.images}
        extra -= images
        missing |= images - vectors
    return Differences(extra, missing)


def reconcile(
    collection: Collection, index: VectorIndex, services: Services, heartbeat: Heartbeat
) -> tuple[int, list[str]]:
    """Remove the vectors without an image.

    Returns the number of removed vectors, and the keys of items with an image without a vector.
    """
    differences = find_differences(collection, index, services, heartbeat)
    views_by_sku: dict[str, set[str]] = {}
    for sku, view in differences.extra:
        views_by_sku.setdefault(sku, set()).add(view)
    dropped = sum(
        _drop_views(collection, index, sku, views, services) for sku, views in views_by_sku.items()
    )
    return dropped, sorted({item_key(sku) for sku, _ in differences.missing})


def _drop_views(
    collection: Collection, index: VectorIndex, sku: str, views: set[str], services: Services
) -> int:
    with services.locks.exclusive(collection.name):
        item = services.items(collection).find([sku]).get(sku)  # the item may be new
        extra = views - {image.view for image in (item.images if item else ())}
        if extra:
            services.vectors.delete_views(index.name, sku, sorted(extra))
        return len(extra)


def iterate_items(
    collection: Collection, services: Services, heartbeat: Heartbeat
) -> Iterator[Item]:
    """Yield every item of a collection; read the items in batches."""
    items = services.items(collection)
    for keys in batched(items.keys(), _READ_BATCH):
        yield from items.by_keys(keys)
        heartbeat()
