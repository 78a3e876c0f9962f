"""The first step of an ingest job: assigns images to items and divides them into chunks."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from core.archives.members import ArchiveMember
from core.domain import MAIN_VIEW, check_view
from core.errors import CoreError, InvalidInput
from core.jobs import Failure, IngestArgs, Job, Outcome
from core.pipelines.ingest.chunk import chunk_name
from core.pipelines.ingest.file_naming import category_warning, folder_of, sku_and_view
from core.pipelines.ingest.manifest import Manifest
from core.pipelines.ingest.upload_contents import read_contents
from core.pipelines.services import Heartbeat, Services
from core.storage import PlannedImage

_MIN_CHUNK = 16  # images in the last chunks of a job
_MISSING = "the manifest names this file, but the upload does not contain it"
_SHARES = 8  # a chunk gets at most 1/8 of the remaining images


def plan(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Write the plan of a job next to the upload; return the number of chunks in the outcome.

    Raises:
        InvalidInput: an archive or a manifest cannot be read, or the upload is empty.
        NotFound: the upload was deleted.
    """
    collection = services.collection(job)
    services.vectors.create(collection.index_name, collection.encoder.dim)
    args = IngestArgs.model_validate(job.args)
    plan_images = _plan_retry if args.only_failures_of else plan_upload
    images, failures = plan_images(args, services, heartbeat)
    if not images and not failures:
        raise InvalidInput(
            "the upload contains neither images nor a manifest (items.csv or items.jsonl)"
        )
    chunks = list(_chunks(images, services.chunk_size))
    names = (chunk_name(job, number) for number in range(1, len(chunks) + 1))
    services.uploads.write_plan(args.upload, zip(names, chunks, strict=True))
    warning = None if args.replace else category_warning(images)
    return Outcome(
        failures=tuple(failures),
        chunks=len(chunks),
        total=len(images) + len(failures),
        result={"warning": warning} if warning else None,
    )


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
    args: IngestArgs, services: Services, heartbeat: Heartbeat
) -> tuple[list[PlannedImage], list[Failure]]:
    """Return all images of the upload."""
    contents = read_contents(args.upload, services, heartbeat)
    has_images = contents.members or contents.failures
    manifest = contents.manifest if has_images else contents.manifest.without_files()
    images, failures = _plan_members(contents.members, manifest, args)
    return images, contents.failures + failures


def _plan_members(
    members: list[ArchiveMember], manifest: Manifest, args: IngestArgs
) -> tuple[list[PlannedImage], list[Failure]]:
    """Return the planned images, those of an item adjacent, and the failed files."""
    images: dict[tuple[str, str], PlannedImage] = {}
    failures = list(manifest.failures)
    used: set[str] = set()
    for member in members:
        try:
            image = _plan_member(member, manifest, args, alone=len(members) == 1)
            used.add(member.name)
            used.add(PurePosixPath(member.name).name)
            first = images.setdefault((image.sku, image.view), image)
            if first is not image:
                raise InvalidInput(
                    f"view {image.view!r} of SKU {image.sku!r} is already taken by {first.file}; "
                    "rename one file"
                )
        except CoreError as exc:
            failures.append(Failure(file=member.name, code=exc.code, reason=exc.detail))
    failures += [
        Failure(file=row.file, sku=row.sku, code="not-found", reason=_MISSING)
        for row in manifest.files.values()
        if row.file not in used
    ]
    if not args.replace:
        file, skus = manifest.name, {sku for sku, _ in images}
        images |= {  # attributes without an image, of items that may already exist
            (sku, ""): PlannedImage(file=file, sku=sku, view="", attributes=attributes, blob="")
            for sku, attributes in manifest.items.items()
            if sku not in skus
        }
    order = {sku: n for n, sku in enumerate(dict.fromkeys(sku for sku, _ in images))}
    return sorted(images.values(), key=lambda image: order[image.sku]), failures


def _plan_member(
    member: ArchiveMember, manifest: Manifest, args: IngestArgs, *, alone: bool
) -> PlannedImage:
    if member.error:
        raise member.error
    row = manifest.row_for(member.name)
    file_names = {member.name, PurePosixPath(member.name).name}
    if row is None and manifest.rejected_files & file_names:
        raise InvalidInput("the row in the manifest for this file is not valid; correct the row")
    attributes = args.attributes
    if args.replace:
        stem = PurePosixPath(member.name.replace("\\", "/")).stem
        sku, view = args.replace, MAIN_VIEW if alone else check_view(stem)
    elif row:
        sku, view, attributes = row.sku, row.view or MAIN_VIEW, row.attributes
    else:
        category = folder_of(member.name) if args.folders and member.inside else ""
        sku, view = sku_and_view(member.name, in_archive=member.inside and not category)
        attributes = manifest.items.get(sku)
        if args.folders and category:
            attributes = {args.folders: category, **(attributes or {})}
    return PlannedImage(
        file=member.name,
        sku=sku,
        view=view,
        attributes=attributes,
        replace=bool(args.replace),
        blob=member.blob,
        offset=member.offset,
        size=member.size,
        compressed_size=member.compressed_size,
        crc=member.crc,
    )


def _chunks(images: list[PlannedImage], max_size: int) -> Iterator[list[PlannedImage]]:
    """Split into chunks that shrink towards the end, which lets all workers finish together.

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
