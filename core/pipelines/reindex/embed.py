"""One chunk of a reindex job: embeds stored images and writes their vectors to the index."""

import numpy as np
from numpy.typing import NDArray

from core.batching import batched
from core.encoders.encoder import Encoder
from core.encoders.images.preprocessing import decode_for
from core.errors import CoreError, Unavailable
from core.jobs import Failure, Job, Outcome
from core.pipelines.bulk.writing import Batch, write_updates
from core.pipelines.image_assessment import assess, learn_seen_attributes
from core.pipelines.reindex.plan import planned_keys
from core.pipelines.reindex.shadow_index import target_index
from core.pipelines.services import Heartbeat, Services, no_heartbeat
from core.storage import Collection, Item, ItemChange, ItemImage, ItemUpdate, VectorIndex
from core.storage.item import seen_attributes
from core.vectors import Vector, VectorRow

_FileKey = tuple[str, str]
"""A SKU and an image file."""


def embed(job: Job, chunk: int, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Embed a chunk of the plan; the outcome counts items.

    Raises:
        Conflict: the job's shadow index was discarded.
    """
    collection = services.collection(job)
    index = target_index(job, collection)
    keys = planned_keys(job, chunk, services)
    items = services.items(collection).by_keys(keys)
    failures = embed_items(collection, index, items, services, heartbeat)
    failed = len({failure.sku for failure in failures})
    return Outcome(
        done=len(items) - failed, skipped=len(keys) - len(items), failures=tuple(failures)
    )


def embed_items(
    collection: Collection,
    index: VectorIndex,
    items: list[Item],
    services: Services,
    heartbeat: Heartbeat = no_heartbeat,
) -> list[Failure]:
    """Write the vectors of these items to the index; return the images that failed."""
    encoder = services.get_encoder(index.encoder)
    failures: list[Failure] = []
    vectors: dict[_FileKey, Vector] = {}
    assessed: dict[_FileKey, ItemImage] = {}
    images = ((item.sku, image) for item in items for image in item.images)
    for batch in batched(images, services.batch_size):
        results = [_decode(sku, image, collection, encoder, services) for sku, image in batch]
        failures += [result for result in results if isinstance(result, Failure)]
        decoded = [result for result in results if not isinstance(result, Failure)]
        if decoded:
            keys, images_seen, pixels = zip(*decoded, strict=True)
            assessed |= zip(keys, images_seen, strict=True)
            vectors |= zip(keys, encoder.encode(np.stack(pixels)), strict=True)
        heartbeat()
    _write(collection, index, vectors, assessed, services)
    return failures


def _decode(
    sku: str, image: ItemImage, collection: Collection, encoder: Encoder, services: Services
) -> tuple[_FileKey, ItemImage, NDArray[np.uint8]] | Failure:
    try:
        data = services.items(collection).read_image(image)
        decoded = decode_for(encoder, data, services.limits.max_megapixels)
    except Unavailable:
        raise
    except CoreError as exc:
        return Failure.from_error(exc, image.file, sku=sku, view=image.view)
    assessed = assess(image, decoded) if image.problems is None else image
    return (sku, image.file), assessed, decoded.pixels


def _write(
    collection: Collection,
    index: VectorIndex,
    vectors: dict[_FileKey, Vector],
    assessed: dict[_FileKey, ItemImage],
    services: Services,
) -> None:
    """Write the vectors of images that still belong to their items; items may have changed.

    Keep what was seen in images that nobody had looked at.
    """
    with services.locks.exclusive(collection.name) as check_lock:
        store = services.items(collection)
        existing = store.find({sku for sku, _ in vectors})
        updates = [_assessed(item, assessed) for item in existing.values()]
        current = {item.sku: item for update in updates if (item := update.after)}
        check_lock()
        learn_seen_attributes(collection, current.values(), services)
        write_updates(Batch(collection, [*existing.values()], store, check_lock), updates, services)
        rows = [
            VectorRow(sku, image.view, vectors[sku, image.file], item.attributes)
            for sku, item in current.items()
            for image in item.images
            if (sku, image.file) in vectors
        ]
        check_lock()
        if rows:
            services.vectors.upsert(index.name, rows)


def _assessed(item: Item, assessed: dict[_FileKey, ItemImage]) -> ItemUpdate:
    """Return the update of an item to what was seen in its images; its versions do not change."""
    images = tuple(
        _with_assessment(image, assessed.get((item.sku, image.file))) for image in item.images
    )
    attributes = item.own_attributes | seen_attributes(images)
    after = item.model_copy(update={"images": images, "attributes": attributes})
    return ItemUpdate(ItemChange(item.sku, sequence=0), before=item, after=after)


def _with_assessment(image: ItemImage, assessed: ItemImage | None) -> ItemImage:
    if image.problems is not None or assessed is None:
        return image
    seen = {"problems": assessed.problems, "colours": assessed.colours}
    return image.model_copy(update=seen)
