"""The first step of an ingest: which pictures are there, of which items, in which chunks."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import BinaryIO

from core.domain import MAIN_VIEW, check_view
from core.errors import CoreError, InvalidInput, TooLarge
from core.jobs import Failure, IngestArgs, Job, Outcome
from core.pipelines.ingest.archives import Found, kind_of
from core.pipelines.ingest.manifest import MAX_BYTES, NAMES, Manifest, read_manifest
from core.pipelines.ingest.naming import common_folder, name_of
from core.pipelines.ingest.tars import gunzip, tar_files
from core.pipelines.ingest.zips import zip_files
from core.pipelines.rooms import Report, Rooms
from core.store import Entry, Part, Uploads, read_entry

MEBIBYTE = 1024 * 1024
_LEAST = 16  # images in the last chunks of a job
_SHARES = 8  # what is left is thought of as so many chunks


def plan(job: Job, rooms: Rooms, report: Report) -> Outcome:
    """Write the plan of a job beside its upload, and say how many chunks it has.

    Raises:
        InvalidInput: an archive or a manifest that cannot be read, or nothing in the upload.
        NotFound: the collection or the upload is gone.
    """
    collection = rooms.collection(job)
    rooms.vectors.create(collection.space, collection.encoder.dim)
    args = IngestArgs.model_validate(job.args)
    planner = _retry if args.only_failures_of else _fresh
    entries, failures = planner(args, rooms, report)
    if not entries and not failures:
        raise InvalidInput("there is no picture in the upload")
    chunks = list(_chunks(entries, rooms.chunk))
    names = (chunk_file(job, number) for number in range(1, len(chunks) + 1))
    rooms.uploads.plan(args.upload, zip(names, chunks, strict=True))
    return Outcome(failures=tuple(failures), chunks=len(chunks), total=len(entries) + len(failures))


def chunk_file(job: Job, chunk: int) -> str:
    """The name of a chunk of the plan; a retry's plan lies beside the first."""
    return f"{job.id}-{chunk}"


def _retry(args: IngestArgs, rooms: Rooms, report: Report) -> tuple[list[Entry], list[Failure]]:
    """The pictures of an earlier job that failed and are worth another try."""
    earlier = rooms.ledger.get(args.only_failures_of or "")
    places = sorted(f.entry for f in rooms.ledger.all_failures(earlier.id) if f.entry)
    chunks: dict[int, list[Entry]] = {}
    for chunk, _ in places:
        if chunk not in chunks:
            chunks[chunk] = rooms.uploads.chunk(args.upload, chunk_file(earlier, chunk))
            report()
    return [chunks[chunk][place] for chunk, place in places], []


def _fresh(args: IngestArgs, rooms: Rooms, report: Report) -> tuple[list[Entry], list[Failure]]:
    with rooms.uploads.opened(args.upload) as file:
        parts = rooms.uploads.parts(args.upload)
        listed, rest = _take_manifests(file, parts)
        found: list[Found] = []
        for part in rest:
            inner, manifest = _files_of(file, part, args, rooms, report)
            _merge(listed, manifest)
            found += inner
    return _entries(found, listed, args)


def _take_manifests(file: BinaryIO, parts: list[Part]) -> tuple[Manifest, list[Part]]:
    """The manifest that came as a part of its own, and the other parts."""
    manifest, rest = Manifest(), []
    for part in parts:
        name = PurePosixPath(part.filename).name
        if part.field == "manifest" or name.lower() in NAMES:
            data = _read(file, part.offset, part.size, name)
            _merge(manifest, read_manifest(name if name.lower() in NAMES else f"{name}.csv", data))
        else:
            rest.append(part)
    return manifest, rest


def _read(file: BinaryIO, offset: int, size: int, name: str) -> bytes:
    if size > MAX_BYTES:
        raise TooLarge(f"{name} has more than {MAX_BYTES // MEBIBYTE} MiB")
    file.seek(offset)
    return file.read(size)


def _merge(manifest: Manifest, further: Manifest) -> None:
    if further.name:
        manifest.name = further.name
    manifest.files.update(further.files)
    manifest.failures.extend(further.failures)


def _files_of(
    file: BinaryIO, part: Part, args: IngestArgs, rooms: Rooms, report: Report
) -> tuple[list[Found], Manifest]:
    """The files in one part: itself, or what is in the archive that it is."""
    file.seek(part.offset)
    kind = kind_of(file.read(min(part.size, 512)))
    if kind is None:
        whole = Found(name=part.filename, inside=False, offset=part.offset, size=part.size)
        return [whole], Manifest()
    report()
    if kind == "zip":
        found = list(zip_files(file, part, max_files=rooms.limits.images))
        return _open_archive(file, found)
    if kind == "tar":
        found = list(tar_files(file, part, blob="pack", max_files=rooms.limits.images))
        return _open_archive(file, found)
    return _gzipped(file, part, args.upload, rooms)


def _gzipped(file: BinaryIO, part: Part, upload: str, rooms: Rooms) -> tuple[list[Found], Manifest]:
    blob = f"unpacked-{part.offset}"
    with rooms.uploads.adding(upload, blob) as out:
        size = gunzip(file, part, out, max_bytes=_room(rooms.uploads, rooms))
    inner = Part(field=part.field, filename=part.filename, offset=0, size=size)
    with rooms.uploads.opened(upload, blob) as unpacked:
        found = tar_files(unpacked, inner, blob=blob, max_files=rooms.limits.images)
        return _open_archive(unpacked, list(found))


def _room(uploads: Uploads, rooms: Rooms) -> int:
    """How much may be unpacked: what an upload may be, as far as the disk has it."""
    free = uploads.free_bytes()
    most = 4 * rooms.limits.upload_mb * MEBIBYTE
    return most if free is None else max(0, min(most, free - rooms.limits.free_mb * MEBIBYTE))


def _open_archive(file: BinaryIO, found: list[Found]) -> tuple[list[Found], Manifest]:
    """Take off the folder that holds all, and take out the manifest."""
    top = common_folder([f.name for f in found if f.error is None])
    found = [replace(f, name=f.name.removeprefix(top)) for f in found]
    manifests = [f for f in found if f.name.lower() in NAMES and f.error is None]
    manifest = Manifest()
    for one in manifests:
        entry = Entry(
            file=one.name, sku="-", view="-", offset=one.offset, size=one.size,
            packed=one.packed, crc=one.crc,
        )  # fmt: skip
        _merge(manifest, read_manifest(one.name, read_entry(file, entry, max_bytes=MAX_BYTES)))
    return [f for f in found if f not in manifests], manifest


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
        Failure(file=row.file, sku=row.sku, code="not-found", reason="named in the manifest only")
        for row in manifest.files.values()
        if row.file not in used
    ]
    order = {sku: n for n, sku in enumerate(dict.fromkeys(sku for sku, _ in entries))}
    return sorted(entries.values(), key=lambda e: order[e.sku]), failures


def _entry(found: Found, manifest: Manifest, args: IngestArgs, *, alone: bool) -> Entry:
    if found.error:
        raise found.error
    listed = manifest.of(found.name)
    if args.replace:
        stem = PurePosixPath(found.name.replace("\\", "/")).stem
        sku, view = args.replace, MAIN_VIEW if alone else check_view(stem)
    elif listed:
        sku, view = listed.sku, listed.view or MAIN_VIEW
    else:
        sku, view = name_of(found.name, inside=found.inside)
    return Entry(
        file=found.name,
        sku=sku,
        view=view,
        attributes=args.attributes if args.replace else (listed.attributes if listed else None),
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
