"""The first step of an ingest: which pictures are there, of which items, in which chunks."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from core.archives.members import Found
from core.domain import MAIN_VIEW, check_view
from core.errors import CoreError, InvalidInput
from core.jobs import Failure, IngestArgs, Job, Outcome
from core.pipelines.ingest.category_folders import kind_of_folder, warning_of
from core.pipelines.ingest.contents import contents_of
from core.pipelines.ingest.file_naming import name_of
from core.pipelines.ingest.manifest import Manifest
from core.pipelines.services import Report, Services
from core.storage import Entry

_LEAST = 16  # images in the last chunks of a job
_MISSING = "in the manifest, but not in the upload"
_SHARES = 8  # what is left is thought of as so many chunks


def plan(job: Job, services: Services, report: Report) -> Outcome:
    """Write the plan of a job beside its upload, and say how many chunks it has.

    Raises:
        InvalidInput: an archive or a manifest that cannot be read, or nothing in the upload.
        NotFound: the collection or the upload is gone.
    """
    collection = services.collection(job)
    services.vectors.create(collection.space, collection.encoder.dim)
    args = IngestArgs.model_validate(job.args)
    planner = _retry if args.only_failures_of else _fresh
    entries, failures = planner(args, services, report)
    if not entries and not failures:
        raise InvalidInput("there is no picture in the upload, and no manifest")
    chunks = list(_chunks(entries, services.chunk))
    names = (chunk_file(job, number) for number in range(1, len(chunks) + 1))
    services.uploads.plan(args.upload, zip(names, chunks, strict=True))
    warning = None if args.replace else warning_of(entries)
    return Outcome(
        failures=tuple(failures),
        chunks=len(chunks),
        total=len(entries) + len(failures),
        result={"warning": warning} if warning else None,
    )


def chunk_file(job: Job, chunk: int) -> str:
    """The name of a chunk of the plan; a retry's plan lies beside the first."""
    return f"{job.id}-{chunk}"


def _retry(
    args: IngestArgs, services: Services, report: Report
) -> tuple[list[Entry], list[Failure]]:
    """The pictures of an earlier job that failed and are worth another try."""
    earlier = services.ledger.get(args.only_failures_of or "")
    places = sorted(f.entry for f in services.ledger.all_failures(earlier.id) if f.entry)
    chunks: dict[int, list[Entry]] = {}
    for chunk, _ in places:
        if chunk not in chunks:
            chunks[chunk] = services.uploads.chunk(args.upload, chunk_file(earlier, chunk))
            report()
    return [chunks[chunk][place] for chunk, place in places], []


def _fresh(
    args: IngestArgs, services: Services, report: Report
) -> tuple[list[Entry], list[Failure]]:
    """All pictures of the upload."""
    contents = contents_of(args.upload, services, report)
    pictures = contents.found or contents.failures
    manifest = contents.manifest if pictures else contents.manifest.alone()
    entries, failures = _entries(contents.found, manifest, args)
    return entries, contents.failures + failures


def _entries(
    found: list[Found], manifest: Manifest, args: IngestArgs
) -> tuple[list[Entry], list[Failure]]:
    """What every file is to become; those of one item stand together."""
    entries: dict[tuple[str, str], Entry] = {}
    failures = list(manifest.failures)
    used: set[str] = set()
    for one in found:
        try:
            entry = _entry(one, manifest, args, alone=len(found) == 1)
            used.add(one.name)
            used.add(PurePosixPath(one.name).name)
            twin = entries.setdefault((entry.sku, entry.view), entry)
            if twin is not entry:
                raise InvalidInput(
                    f"view {entry.view!r} of sku {entry.sku!r} is {twin.file} already"
                )
        except CoreError as exc:
            failures.append(Failure(file=one.name, code=exc.code, reason=exc.detail))
    failures += [
        Failure(file=row.file, sku=row.sku, code="not-found", reason=_MISSING)
        for row in manifest.files.values()
        if row.file not in used
    ]
    if not args.replace:
        skus = {sku for sku, _ in entries}
        entries |= {(one.sku, ""): one for one in _bare(manifest) if one.sku not in skus}
    order = {sku: n for n, sku in enumerate(dict.fromkeys(sku for sku, _ in entries))}
    return sorted(entries.values(), key=lambda e: order[e.sku]), failures


def _bare(manifest: Manifest) -> Iterator[Entry]:
    """What is said of items whose pictures may be there already."""
    for sku, attributes in manifest.items.items():
        yield Entry(file=manifest.name, sku=sku, view="", attributes=attributes, blob="")


def _entry(found: Found, manifest: Manifest, args: IngestArgs, *, alone: bool) -> Entry:
    if found.error:
        raise found.error
    listed = manifest.of(found.name)
    if listed is None and manifest.refused & {found.name, PurePosixPath(found.name).name}:
        raise InvalidInput("its row in the manifest cannot be used")
    attributes = args.attributes
    if args.replace:
        stem = PurePosixPath(found.name.replace("\\", "/")).stem
        sku, view = args.replace, MAIN_VIEW if alone else check_view(stem)
    elif listed:
        sku, view, attributes = listed.sku, listed.view or MAIN_VIEW, listed.attributes
    else:
        kind = kind_of_folder(found.name) if args.folders and found.inside else ""
        sku, view = name_of(found.name, inside=found.inside and not kind)
        attributes = manifest.items.get(sku)
        if args.folders and kind:
            attributes = {args.folders: kind, **(attributes or {})}
    return Entry(
        file=found.name,
        sku=sku,
        view=view,
        attributes=attributes,
        replace=bool(args.replace),
        blob=found.blob,
        offset=found.offset,
        size=found.size,
        packed=found.packed,
        crc=found.crc,
    )


def _chunks(entries: list[Entry], most: int) -> Iterator[list[Entry]]:
    """Runs of up to `most` entries, shorter towards the end so that all workers end together.

    An item is not split unless it alone is longer than a chunk.
    """
    chunk: list[Entry] = []
    size = _chunk_size(len(entries), most)
    for place, entry in enumerate(entries):
        same = bool(chunk) and chunk[-1].sku == entry.sku
        if len(chunk) >= size and (not same or len(chunk) >= 2 * most):
            yield chunk
            chunk, size = [], _chunk_size(len(entries) - place, most)
        chunk.append(entry)
    if chunk:
        yield chunk


def _chunk_size(left: int, most: int) -> int:
    return max(min(_LEAST, most), min(most, left // _SHARES))
