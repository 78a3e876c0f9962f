"""One chunk of a reindex job: embeds stored images and writes their vectors to the index."""

import numpy as np
from numpy.typing import NDArray

from core.batching import batched
from core.encoders.encoder import Encoder
from core.encoders.images.preprocessing import decode_image
from core.errors import CoreError, Unavailable
from core.jobs import Failure, Job, Outcome
from core.pipelines.reindex.plan import planned_keys
from core.pipelines.reindex.shadow_index import target_index
from core.pipelines.services import Heartbeat, Services, no_heartbeat
from core.storage import Collection, Item, ItemImage, VectorIndex
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
    images = ((item.sku, image) for item in items for image in item.images)
    for batch in batched(images, services.batch_size):
        results = [_decode(sku, image, collection, encoder, services) for sku, image in batch]
        failures += [result for result in results if isinstance(result, Failure)]
        decoded = [result for result in results if not isinstance(result, Failure)]
        if decoded:
            keys, pixels = zip(*decoded, strict=True)
            vectors |= zip(keys, encoder.encode(np.stack(pixels)), strict=True)
        heartbeat()
    _write(collection, index, vectors, services)
    return failures


def _decode(
    sku: str, image: ItemImage, collection: Collection, encoder: Encoder, services: Services
) -> tuple[_FileKey, NDArray[np.uint8]] | Failure:
    try:
        data = services.items(collection).read_image(image)
        max_megapixels = services.limits.max_megapixels
        decoded = decode_image(data, side=encoder.side, max_megapixels=max_megapixels)
    except Unavailable:
        raise
    except CoreError as exc:
        return Failure(file=image.file, sku=sku, view=image.view, code=exc.code, reason=exc.detail)
    return (sku, image.file), decoded.pixels


def _write(
    collection: Collection, index: VectorIndex, vectors: dict[_FileKey, Vector], services: Services
) -> None:
    """Write the vectors of images that still belong to their items; items may have changed."""
    with services.locks.exclusive(collection.name) as check_lock:
        current = services.items(collection).find({sku for sku, _ in vectors})
        rows = [
            VectorRow(sku, image.view, vectors[sku, image.file], item.attributes)
            for sku, item in current.items()
            for image in item.images
            if (sku, image.file) in vectors
        ]
        check_lock()
        if rows:
            services.vectors.upsert(index.name, rows)
