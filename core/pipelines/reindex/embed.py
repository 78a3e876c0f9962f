"""A chunk: pictures of the store are embedded and written into the space that the job makes."""

from dataclasses import dataclass

from core.batching import batched
from core.errors import CoreError, Unavailable
from core.jobs import Failure, Job, Outcome
from core.pipelines.reindex.plan import planned
from core.pipelines.reindex.shadow_index import space_of
from core.pipelines.services import Report, Services, no_report
from core.pipelines.vector_targets import Pixels, Target, decode_for, encode_for
from core.storage import Collection, Item, ItemImage, Space
from core.vectors import Vector, VectorRow


@dataclass(frozen=True)
class _Read:
    """A picture of the store, as the encoder takes it."""

    sku: str
    image: ItemImage
    pixels: Pixels


def embed(job: Job, chunk: int, services: Services, report: Report) -> Outcome:
    """Embed a chunk of the plan; counts items.

    Raises:
        NotFound: the collection is gone.
        Conflict: the space was given up.
        Unavailable: a part does not answer; the chunk can be tried again.
    """
    collection = services.collection(job)
    space = space_of(job, collection)
    keys = planned(job, chunk, services)
    items = services.items(collection).by_keys(keys)
    failures = embed_items(collection, space, items, services, report)
    failed = len({failure.sku for failure in failures})
    return Outcome(
        done=len(items) - failed, skipped=len(keys) - len(items), failures=tuple(failures)
    )


def embed_items(
    collection: Collection,
    space: Space,
    items: list[Item],
    services: Services,
    report: Report = no_report,
) -> list[Failure]:
    """Write the vectors of these items into the space; return the pictures that have none."""
    target = Target(space.name, services.encoder_of(space.encoder))
    failures: list[Failure] = []
    made: dict[tuple[str, str], Vector] = {}
    pictures = ((item.sku, image) for item in items for image in item.images)
    for some in batched(pictures, services.batch):
        read = _read(collection, target, some, failures, services)
        if read:
            vectors = encode_for([target], [one.pixels for one in read])
            made |= {
                (one.sku, one.image.file): of[space.name]
                for one, of in zip(read, vectors, strict=True)
            }
        report()
    _write(collection, space, made, services)
    return failures


def _read(
    collection: Collection,
    target: Target,
    pictures: list[tuple[str, ItemImage]],
    failures: list[Failure],
    services: Services,
) -> list[_Read]:
    found = []
    for sku, image in pictures:
        try:
            data = services.items(collection).picture(image)
            most = services.limits.megapixels
            _, pixels = decode_for([target], data, max_megapixels=most)
            found.append(_Read(sku, image, pixels))
        except Unavailable:
            raise
        except CoreError as exc:
            failures.append(
                Failure(file=image.file, sku=sku, view=image.view, code=exc.code, reason=exc.detail)
            )
    return found


def _write(
    collection: Collection, space: Space, made: dict[tuple[str, str], Vector], services: Services
) -> None:
    """Only what is still as it was read: items change and go while others are embedded."""
    with services.locks.changing(collection.name) as held:
        now = services.items(collection).find({sku for sku, _ in made})
        rows = [
            VectorRow(sku, image.view, made[sku, image.file], item.attributes)
            for sku, item in now.items()
            for image in item.images
            if (sku, image.file) in made
        ]
        held()
        if rows:
            services.vectors.upsert(space.name, rows)
