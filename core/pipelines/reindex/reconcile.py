"""What the vectors of a space lack, or have too many of, beside the documents in the store."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.batching import batched
from core.pipelines.services import Report, Services, no_report
from core.storage import Collection, Item, Space
from core.storage.items import item_key

_READ_AT_ONCE = 500


Picture = tuple[str, str]
"""A sku and a view."""


@dataclass(frozen=True)
class Differences:
    """Vectors without a picture in the store, and pictures without a vector."""

    extra: set[Picture]
    missing: set[Picture]


def differences(
    collection: Collection, space: Space, services: Services, report: Report = no_report
) -> Differences:
    """Compare the vectors of a space with the documents.

    Raises:
        NotFound: there is no such space.
    """
    there = set(services.vectors.keys(space.name))
    extra, missing = set(there), set[Picture]()
    for item in all_items(collection, services, report):
        wanted = {(item.sku, image.view) for image in item.images}
        extra -= wanted
        missing |= wanted - there
    return Differences(extra, missing)


def put_right(
    collection: Collection, space: Space, services: Services, report: Report = no_report
) -> tuple[int, list[str]]:
    """Remove the vectors of pictures that are not in the store.

    Returns how many they were, and the keys of the items of which a picture has no vector.
    """
    found = differences(collection, space, services, report)
    views: dict[str, set[str]] = {}
    for sku, view in found.extra:
        views.setdefault(sku, set()).add(view)
    dropped = sum(_drop(collection, space, sku, of, services) for sku, of in views.items())
    return dropped, sorted({item_key(sku) for sku, _ in found.missing})


def _drop(
    collection: Collection, space: Space, sku: str, views: set[str], services: Services
) -> int:
    with services.locks.changing(collection.name):
        item = services.items(collection).find([sku]).get(sku)  # it may have come meanwhile
        gone = views - {image.view for image in (item.images if item else ())}
        if gone:
            services.vectors.delete_views(space.name, sku, sorted(gone))
        return len(gone)


def all_items(collection: Collection, services: Services, report: Report) -> Iterator[Item]:
    """Every item of a collection, read so many at a time."""
    items = services.items(collection)
    for keys in batched(items.keys(), _READ_AT_ONCE):
        yield from items.by_keys(keys)
        report()
