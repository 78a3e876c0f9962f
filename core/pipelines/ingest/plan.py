"""The first step of an ingest job: assigns images to items and divides them into chunks."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from core.archives.members import ArchiveMember
from core.attributes import AttributeTypes, Observed, extend_types, read_attributes
from core.domain import MAIN_VIEW, Attributes, Availability, check_view
from core.errors import CoreError, InvalidInput, TooLarge
from core.jobs import Failure, IngestArgs, Job, Outcome
from core.pipelines.ingest.attribute_values import learn_types, read_values, values_of
from core.pipelines.ingest.availability import set_availability
from core.pipelines.ingest.chunk import chunk_name
from core.pipelines.ingest.file_naming import category_warning, folder_of, sku_and_view
from core.pipelines.ingest.full_sync import plan_deletions
from core.pipelines.ingest.manifest import Manifest
from core.pipelines.ingest.plan_urls import add_image, plan_urls
from core.pipelines.ingest.upload_contents import read_contents
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection, PlannedImage

_MIN_CHUNK = 16  # images in the last chunks of a job
_MISSING = "the manifest names this file, but the upload does not contain it"
LearnTypes = Callable[[Observed], AttributeTypes]
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
    images, failures, warnings = _plan_images(collection, args, services, heartbeat)
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
        return _dry_run(images, failures, result)
    result |= set_availability(job, images, services)
    chunks = list(_chunks(images, services.chunk_size))
    names = (chunk_name(job, number) for number in range(1, len(chunks) + 1))
    services.uploads.write_plan(args.upload, zip(names, chunks, strict=True))
    return Outcome(
        failures=tuple(failures),
        chunks=len(chunks),
        total=len(images) + len(failures),
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
    collection: Collection, args: IngestArgs, services: Services, heartbeat: Heartbeat
) -> tuple[list[PlannedImage], list[Failure], list[str]]:
    """Return images, failed files and warnings; remember the types of new attributes."""
    if args.only_failures_of:
        return *_plan_retry(args, services, heartbeat), []
    known = partial(extend_types, collection.attribute_types)
    learn = known if args.dry_run else partial(learn_types, collection, services)
    return plan_upload(args, services, heartbeat, learn)


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


def plan_upload(
    args: IngestArgs,
    services: Services,
    heartbeat: Heartbeat,
    learn: LearnTypes,
) -> tuple[list[PlannedImage], list[Failure], list[str]]:
    """Return images, failed files and warnings; `learn` returns the types of the attributes.

    Raises:
        InvalidInput: an attribute of a replaced item does not fit its type.
    """
    contents = read_contents(args, services, heartbeat)
    types = learn(_observed(contents.manifest, args))
    manifest = read_values(contents.manifest, types)
    if args.attributes:
        args = args.model_copy(update={"attributes": read_attributes(args.attributes, types)})
    if not contents.members and not contents.failures:
        manifest = manifest.without_files()
    if len(list(manifest.url_rows())) > (limit := services.limits.max_images):
        raise TooLarge(f"the manifest names more than {limit:,} URLs; split the upload")
    images, failures = _plan_members(contents.members, manifest, args, types)
    return images, contents.failures + failures, contents.warnings + manifest.notes


def _observed(manifest: Manifest, args: IngestArgs) -> Observed:
    values = values_of(manifest)
    values |= {name: [value] for name, value in (args.attributes or {}).items()}
    return values | ({args.folders: [""]} if args.folders else {})  # names of folders are text


def _plan_members(
    members: list[ArchiveMember], manifest: Manifest, args: IngestArgs, types: AttributeTypes
) -> tuple[list[PlannedImage], list[Failure]]:
    """Return the planned images, grouped by item, and the failed files."""
    images: dict[tuple[str, str], PlannedImage] = {}
    failures = list(manifest.failures)
    used: set[str] = set()
    for member in members:
        try:
            image = _plan_member(member, manifest, args, types, alone=len(members) == 1)
            used.update(_paths(member))
            add_image(images, image)
        except CoreError as exc:
            sku = _likely_sku(member, manifest, args)
            failures.append(Failure(file=member.name, sku=sku, code=exc.code, reason=exc.detail))
    failures += [
        Failure(file=row.file, sku=row.sku, code="not-found", reason=_MISSING)
        for row in manifest.files.values()
        if row.file not in used
    ]
    if not args.sku:
        failures += plan_urls(manifest, args, images)
        file, skus = manifest.name, {sku for sku, _ in images}
        images |= {  # attributes without an image, of items that may already exist
            (sku, ""): PlannedImage(
                file=file,
                sku=sku,
                view="",
                attributes=row.attributes,
                replace=args.replace,
                blob="",
            )
            for sku, row in manifest.items.items()
            if sku not in skus
        }
    return _grouped_by_item(images.values(), manifest), failures


def _likely_sku(member: ArchiveMember, manifest: Manifest, args: IngestArgs) -> str | None:
    """Return the SKU to which a failed file probably belongs, if its name or row says so."""
    if args.sku:
        return args.sku
    if row := next(filter(None, map(manifest.row_for, _paths(member))), None):
        return row.sku
    with suppress(CoreError):
        return sku_and_view(member.name, in_archive=member.inside and not args.folders)[0]
    return None


def _grouped_by_item(images: Iterable[PlannedImage], manifest: Manifest) -> list[PlannedImage]:
    """Return the images, grouped by item; each gets what all rows of its item say."""
    states = manifest.availabilities
    groups: dict[str, list[PlannedImage]] = {}
    attributes: dict[str, Attributes] = {}
    for image in images:
        groups.setdefault(image.sku, []).append(image)
        attributes[image.sku] = {**(image.attributes or {}), **attributes.get(image.sku, {})}
    return [
        _with_values(image, attributes[sku] or None, states.get(sku))
        for sku, group in groups.items()
        for image in group
    ]


def _with_values(
    image: PlannedImage, attributes: Attributes | None, availability: Availability | None
) -> PlannedImage:
    if attributes is None and availability is None:  # a copy takes longer
        return image
    return image.model_copy(update={"attributes": attributes, "availability": availability})


def _plan_member(
    member: ArchiveMember,
    manifest: Manifest,
    args: IngestArgs,
    types: AttributeTypes,
    *,
    alone: bool,
) -> PlannedImage:
    if member.error:
        raise member.error
    paths = _paths(member)
    row = next(filter(None, map(manifest.row_for, paths)), None)
    if row is None and not manifest.rejected_files.isdisjoint(paths):
        raise InvalidInput("the manifest's row for this file is not valid; correct the row")
    attributes = args.attributes or {}
    if args.sku:
        stem = PurePosixPath(member.name.replace("\\", "/")).stem
        sku, view = args.sku, MAIN_VIEW if alone else check_view(stem)
    else:
        category = folder_of(member.name) if args.folders and member.inside else ""
        if row:
            sku, view = row.sku, row.view or MAIN_VIEW
        else:
            sku, view = sku_and_view(member.name, in_archive=member.inside and not category)
        if args.folders and category:
            attributes = read_attributes({args.folders: category}, types)
        if sku in manifest.items:
            attributes = attributes | manifest.items[sku].attributes
        attributes = attributes | (row.attributes if row else {})
    return PlannedImage(
        file=member.name,
        sku=sku,
        view=view,
        attributes=attributes or None,
        replace=args.replace,
        blob=member.blob,
        offset=member.offset,
        size=member.size,
        compressed_size=member.compressed_size,
        crc=member.crc,
    )


def _paths(member: ArchiveMember) -> list[str]:
    """Return the paths by which a manifest can name a file, best first."""
    return [member.top_folder + member.name, member.name, member.name.rpartition("/")[2]]


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
