"""The first step of an ingest job: plans the upload and divides its images into chunks."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from core.attributes import extend_types
from core.errors import InvalidInput
from core.item_availability import find_known
from core.jobs import Failure, IngestArgs, Job, Outcome
from core.pipelines.ingest.attribute_values import learn_types
from core.pipelines.ingest.availability import set_availability, waits_for_items
from core.pipelines.ingest.chunk import chunk_name
from core.pipelines.ingest.file_naming import category_warning
from core.pipelines.ingest.full_sync import plan_deletions
from core.pipelines.ingest.plan_upload import plan_upload
from core.pipelines.ingest.plan_urls import refuse_spares
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection, PlannedImage

_MIN_CHUNK = 16  # images in the last chunks of a job
_SHARES = 8  # a chunk gets at most 1/8 of the remaining images


def plan(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Write the plan of a job next to the upload; return an outcome with the number of chunks.

    Raises:
        InvalidInput: an archive or a manifest cannot be read, or the upload is empty.
        NotFound: the upload was deleted.
    """
    collection = services.collection(job)
    services.vectors.create(collection.index_name, collection.encoder.dim)
    args = IngestArgs.model_validate(job.args)
    images, failures, warnings = _plan_images(job, collection, services, heartbeat)
    if not images and not failures:
        raise InvalidInput(
            "the upload contains neither images nor a manifest (items.csv or items.jsonl)"
        )
    if not args.sku and (warning := category_warning(images)):
        warnings = [*warnings, warning]
    result: dict[str, Any] = {}
    if args.sync and not args.only_failures_of:
        result, more_warnings = plan_deletions(job, images, failures, services)
        warnings = [*warnings, *more_warnings]
    if warnings:
        result["warning"] = " ".join(warnings)
    learned = services.collection(job).attribute_types.items() - collection.attribute_types.items()
    if learned:
        result["new_attributes"] = dict(sorted(learned))
    if args.dry_run:
        return _dry_run(images, failures + refuse_spares(images), result)
    result |= set_availability(job, images, services)
    chunks = list(_chunks(images, services.chunk_size))
    names = (chunk_name(job, number) for number in range(1, len(chunks) + 1))
    services.uploads.write_plan(args.upload, zip(names, chunks, strict=True))
    return Outcome(
        failures=tuple(failures),
        chunks=len(chunks),
        total=sum(1 + len(image.spares) for image in images) + len(failures),
        result=result or None,
    )


def _dry_run(
    images: list[PlannedImage], failures: list[Failure], result: dict[str, Any]
) -> Outcome:
    """Return an outcome without chunks, which only says what the job would import."""
    counts = {"planned_images": sum(image.has_image for image in images)}
    counts["planned_items"] = len({image.sku for image in images})
    return Outcome(
        failures=tuple(failures), total=len(failures), result={"dry_run": True, **counts, **result}
    )


def _plan_images(
    job: Job, collection: Collection, services: Services, heartbeat: Heartbeat
) -> tuple[list[PlannedImage], list[Failure], list[str]]:
    """Return images, failed files and warnings; remember the types of new attributes."""
    args = IngestArgs.model_validate(job.args)
    if args.only_failures_of:
        return *_plan_retry(args, services, heartbeat), []
    known = partial(extend_types, collection.attribute_types)
    learn = known if args.dry_run else partial(learn_types, collection, services)
    find_taken = partial(_find_taken, job, collection, services)
    return plan_upload(args, services, heartbeat, learn, find_taken)


def _find_taken(job: Job, collection: Collection, services: Services, skus: set[str]) -> set[str]:
    """Return the items of which attributes alone are taken; an earlier upload may add them yet."""
    if waits_for_items(job, services):
        return skus
    return find_known(collection, skus, services, services.item_cache)


def _plan_retry(
    args: IngestArgs, services: Services, heartbeat: Heartbeat
) -> tuple[list[PlannedImage], list[Failure]]:
    """Return those failed images of an earlier job that can be retried."""
    earlier = services.ledger.get(args.only_failures_of or "")
    positions = sorted(f.entry for f in services.ledger.all_failures(earlier.id) if f.entry)
    chunks: dict[int, list[PlannedImage]] = {}
    for number, _ in positions:
        if number not in chunks:
            name = chunk_name(earlier, number)
            chunks[number] = services.uploads.read_chunk(args.upload, name)
            heartbeat()
    return [chunks[number][position] for number, position in positions], []


def _chunks(images: list[PlannedImage], max_size: int) -> Iterator[list[PlannedImage]]:
    """Split images into chunks that shrink towards the end, so that all workers finish together.

    An item is split only if it has more images than a chunk may have.
    """
    chunk: list[PlannedImage] = []
    size = _chunk_size(len(images), max_size)
    for position, image in enumerate(images):
        same_item = bool(chunk) and chunk[-1].sku == image.sku
        if len(chunk) >= size and (not same_item or len(chunk) >= 2 * max_size):
            yield chunk
            chunk, size = [], _chunk_size(len(images) - position, max_size)
        chunk.append(image)
    if chunk:
        yield chunk


def _chunk_size(remaining: int, max_size: int) -> int:
    return max(min(_MIN_CHUNK, max_size), min(max_size, remaining // _SHARES))
