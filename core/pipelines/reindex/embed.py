"""One chunk of a reindex job: embeds images of the store and writes their vectors to the index."""

from core.batching import batched
from core.errors import CoreError, Unavailable
from core.jobs import Failure, Job, Outcome
from core.pipelines.reindex.plan import planned_keys
from core.pipelines.reindex.shadow_index import target_index
from core.pipelines.services import Heartbeat, Services, no_heartbeat
from core.pipelines.vector_targets import (
    PixelsBySide,
    Target,
    decode_for_targets,
    encode_for_targets,
)
from core.storage import Collection, Item, ItemImage, VectorIndex
from core.vectors import Vector, VectorRow

VectorsByFile = dict[tuple[str, str], Vector]
"""Vectors by sku and image file."""


_DecodedImage = tuple[str, ItemImage, PixelsBySide]
"""Sku, image and pixels."""


def embed(job: Job, chunk: int, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Embed a chunk of the plan; the outcome counts items.

    Raises:
        Conflict: the shadow index was discarded.
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
    target = Target(index.name, services.get_encoder(index.encoder))
    failures: list[Failure] = []
    vectors: VectorsByFile = {}
    images = ((item.sku, image) for item in items for image in item.images)
    for batch in batched(images, services.batch_size):
        results = [_decode(sku, image, collection, target, services) for sku, image in batch]
        failures += [result for result in results if isinstance(result, Failure)]
        vectors |= _encode(target, [r for r in results if not isinstance(r, Failure)])
        heartbeat()
    _write(collection, index, vectors, services)
    return failures


def _decode(
    sku: str, image: ItemImage, collection: Collection, target: Target, services: Services
) -> _DecodedImage | Failure:
    try:
        data = services.items(collection).read_image(image)
        _, pixels = decode_for_targets(
            [target], data, max_megapixels=services.limits.max_megapixels
        )
    except Unavailable:
        raise
    except CoreError as exc:
        return Failure(file=image.file, sku=sku, view=image.view, code=exc.code, reason=exc.detail)
    return sku, image, pixels


def _encode(target: Target, images: list[_DecodedImage]) -> VectorsByFile:
    if not images:
        return {}
    vectors = encode_for_targets([target], [pixels for _, _, pixels in images])
    return {
        (sku, image.file): vectors_by_index[target.index]
        for (sku, image, _), vectors_by_index in zip(images, vectors, strict=True)
    }


def _write(
    collection: Collection, index: VectorIndex, vectors: VectorsByFile, services: Services
) -> None:
    """Write the vectors of images that still belong to their items, which may have changed."""
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
