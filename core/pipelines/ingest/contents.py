"""What is in an upload: single pictures, the files of its archives, and what its manifests say."""

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import BinaryIO

from core.archives.limits import most_unpacked
from core.archives.members import Found, kind_of
from core.archives.tar_files import gunzip, tar_files
from core.archives.zip_files import zip_files
from core.errors import CoreError, TooLarge, Unavailable
from core.jobs import Failure
from core.pipelines.ingest.file_naming import common_folder
from core.pipelines.ingest.manifest import MAX_BYTES, NAMES, Manifest, read_manifest
from core.pipelines.services import Report, Services
from core.settings import MEBIBYTE
from core.storage import Entry, Part, read_entry


@dataclass
class Contents:
    """All files found, in order, and the manifests as one."""

    found: list[Found] = field(default_factory=list)
    manifest: Manifest = field(default_factory=Manifest)
    failures: list[Failure] = field(default_factory=list)


def contents_of(upload: str, services: Services, report: Report) -> Contents:
    """Look through an upload; an archive that cannot be read fails alone if it is not alone.

    Raises:
        InvalidInput: the only archive, or a manifest, cannot be read.
        TooLarge: it holds more than the limits allow.
        NotFound: the upload is not kept any more.
    """
    contents = Contents()
    with services.uploads.opened(upload) as file:
        parts = services.uploads.parts(upload)
        pictures = [part for part in parts if not _is_manifest(part)]
        for part in parts:
            if _is_manifest(part):
                contents.manifest.add(_manifest(file, part))
        for part in pictures:
            try:
                _look_into(_Opened(file, part, upload, services), contents)
            except Unavailable:
                raise
            except CoreError as exc:
                if len(pictures) == 1:
                    raise
                failure = Failure(file=part.filename, code=exc.code, reason=exc.detail)
                contents.failures.append(failure)
            report()
    return contents


@dataclass(frozen=True)
class _Opened:
    """One part of an upload, with what it takes to read it."""

    file: BinaryIO
    part: Part
    upload: str
    services: Services


def _is_manifest(part: Part) -> bool:
    return part.field == "manifest" or PurePosixPath(part.filename).name.lower() in NAMES


def _manifest(file: BinaryIO, part: Part) -> Manifest:
    name = PurePosixPath(part.filename).name
    if part.size > MAX_BYTES:
        raise TooLarge(f"{name} has more than {MAX_BYTES // MEBIBYTE} MiB")
    file.seek(part.offset)
    known = name if name.lower().endswith((".csv", ".jsonl")) else f"{name}.csv"
    return read_manifest(known, file.read(part.size))


def _look_into(opened: _Opened, contents: Contents) -> None:
    part, limits = opened.part, opened.services.limits
    most = limits.images
    opened.file.seek(part.offset)
    kind = kind_of(opened.file.read(min(part.size, 512)))
    if kind == "zip":
        found = zip_files(opened.file, part, max_files=most, expansion=limits.expansion)
        _add(contents, opened.file, part, list(found))
    elif kind == "tar":
        found = tar_files(opened.file, part, blob="pack", max_files=most)
        _add(contents, opened.file, part, list(found))
    elif kind == "gzip":
        _gunzip(opened, contents)
    else:
        whole = Found(name=part.filename, inside=False, offset=part.offset, size=part.size)
        contents.found.append(whole)


def _gunzip(opened: _Opened, contents: Contents) -> None:
    """Unpack beside the pack, so that workers can read pictures at their place."""
    uploads, part = opened.services.uploads, opened.part
    blob = f"unpacked-{part.offset}"
    most = min(_room(opened.services), most_unpacked(part.size, opened.services.limits.expansion))
    with uploads.adding(opened.upload, blob) as out:
        size = gunzip(opened.file, part, out, max_bytes=most)
    inner = Part(field=part.field, filename=part.filename, offset=0, size=size)
    with uploads.opened(opened.upload, blob) as unpacked:
        found = tar_files(unpacked, inner, blob=blob, max_files=opened.services.limits.images)
        _add(contents, unpacked, part, list(found))


def _room(services: Services) -> int:
    """How many bytes may be unpacked: four uploads' worth, as far as the disk has it."""
    free = services.uploads.free_bytes()
    most = 4 * services.limits.upload_mb * MEBIBYTE
    return most if free is None else max(0, min(most, free - services.limits.free_mb * MEBIBYTE))


def _add(contents: Contents, file: BinaryIO, part: Part, found: list[Found]) -> None:
    """Take off the folder that holds all, and take out the manifest."""
    names = [one.name for one in found if one.error is None]
    top = common_folder(names, archive=part.filename)
    for one in (replace(f, name=f.name.removeprefix(top)) for f in found):
        if one.error is None and one.name.lower() in NAMES:
            contents.manifest.add(read_manifest(one.name, _bytes(file, one)))
        else:
            contents.found.append(one)


def _bytes(file: BinaryIO, found: Found) -> bytes:
    entry = Entry(
        file=found.name,
        sku="-",
        view="-",
        offset=found.offset,
        size=found.size,
        packed=found.packed,
        crc=found.crc,
    )
    return read_entry(file, entry, max_bytes=MAX_BYTES)
