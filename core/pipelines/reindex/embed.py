"""A chunk: pictures of the store are embedded and written into the space that the job makes."""

from dataclasses import dataclass

from core.batching import batched
from core.errors import CoreError, Unavailable
from core.jobs import Failure, Job, Outcome
from core.pipelines.reindex.plan import planned
from core.pipelines.reindex.shadow_index import space_of
from core.pipelines.services import Report, Rooms, no_report
from core.pipelines.vector_targets import Pixels, Target, decode_for, encode_for
from core.storage import Collection, Item, ItemImage, Space
from core.vectors import Vector, VectorRow


@dataclass(frozen=True)
class _Read:
    """A picture of the store, as the encoder takes it."""

    sku: str
    image: ItemImage
    pixels: Pixels


def embed(job: Job, chunk: int, rooms: Rooms, report: Report) -> Outcome:
    """Embed a chunk of the plan; counts items.

    Raises:
        NotFound: the collection is gone.
        Conflict: the space was given up.
        Unavailable: a part does not answer; the chunk can be tried again.
    """
    collection = rooms.collection(job)
    space = space_of(job, collection)
    keys = planned(job, chunk, rooms)
    items = rooms.items(collection).by_keys(keys)
    failures = embed_items(collection, space, items, rooms, report)
    failed = len({failure.sku for failure in failures})
    return Outcome(
        done=len(items) - failed, skipped=len(keys) - len(items), failures=tuple(failures)
    )


def embed_items(
    collection: Collection,
    space: Space,
    items: list[Item],
    rooms: Rooms,
    report: Report = no_report,
) -> list[Failure]:
    """Write the vectors of these items into the space; return the pictures that have none."""
    target = Target(space.name, rooms.encoder_of(space.encoder))
    failures: list[Failure] = []
    made: dict[tuple[str, str], Vector] = {}
    pictures = ((item.sku, image) for item in items for image in item.images)
    for some in batched(pictures, rooms.batch):
        read = _read(collection, target, some, failures, rooms)
        if read:
            vectors = encode_for([target], [one.pixels for one in read])
            made |= {
                (one.sku, one.image.file): of[space.name]
                for one, of in zip(read, vectors, strict=True)
            }
        report()
    _write(collection, space, made, rooms)
    return failures


def _read(
    collection: Collection,
    target: Target,
    pictures: list[tuple[str, ItemImage]],
    failures: list[Failure],
    rooms: Rooms,
) -> list[_Read]:
    found = []
    for sku, image in pictures:
        try:
            data = rooms.items(collection).picture(image)
            most = rooms.limits.megapixels
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
    collection: Collection, space: Space, made: dict[tuple[str, str], Vector], rooms: Rooms
) -> None:
    """Only what is still as it was read: items change and go while others are embedded."""
    with rooms.locks.changing(collection.name) as held:
        now = rooms.items(collection).find({sku for sku, _ in made})
        rows = [
            VectorRow(sku, image.view, made[sku, image.file], item.attributes)
            for sku, item in now.items()
            for image in item.images
            if (sku, image.file) in made
        ]
        held()
        if rows:
            rooms.vectors.upsert(space.name, rows)
