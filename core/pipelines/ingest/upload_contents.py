"""Lists the contents of an upload: single images, files in archives, and manifests."""

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import BinaryIO

from core.archives.file_slice import FileSlice
from core.archives.kinds import HEAD_BYTES, kind_of
from core.archives.members import ArchiveMember, is_junk, max_unpacked_size, normal_path
from core.archives.tar_files import gunzip, tar_files
from core.archives.zip_files import zip_files
from core.errors import CoreError, TooLarge, Unavailable, UnsupportedMediaType
from core.jobs import Failure, IngestArgs
from core.pipelines.ingest.file_naming import top_folder
from core.pipelines.ingest.manifest import (
    MAX_BYTES,
    NAMES,
    SUFFIXES,
    Manifest,
    read_manifest,
)
from core.pipelines.services import Heartbeat, Services
from core.settings import MEBIBYTE
from core.storage import UploadedFile, read_planned_image


@dataclass
class UploadContents:
    """All files of an upload in order, and one manifest merged from all its manifests."""

    members: list[ArchiveMember] = field(default_factory=list)
    manifest: Manifest = field(default_factory=Manifest)
    failures: list[Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_contents(args: IngestArgs, services: Services, heartbeat: Heartbeat) -> UploadContents:
    """List an upload's contents; if there are other files, an unreadable archive is just a failure.

    Raises:
        InvalidInput: the only archive, or a manifest, cannot be read.
        TooLarge: the upload exceeds the limits.
        NotFound: the upload was discarded.
    """
    contents = UploadContents()
    with services.uploads.open(args.upload) as pack:
        files = services.uploads.files(args.upload)
        manifests = [file for file in files if _is_manifest(file, alone=len(files) == 1)]
        images = [file for file in files if file not in manifests and not is_junk(file.filename)]
        for file in files:
            if file in manifests:
                contents.manifest.add(_read_manifest(pack, file))
        for file in images:
            try:
                _add_file(_OpenFile(pack, file, args, services), contents)
            except Unavailable:
                raise
            except CoreError as exc:
                if len(images) == 1:
                    raise
                contents.failures.append(Failure.from_error(exc, file.filename))
            heartbeat()
    return contents


@dataclass(frozen=True)
class _OpenFile:
    pack: BinaryIO
    file: UploadedFile
    args: IngestArgs
    services: Services


def _is_manifest(file: UploadedFile, *, alone: bool) -> bool:
    """Return whether a file is a manifest; a table that is sent alone may have any name."""
    name = PurePosixPath(file.filename).name.lower()
    return file.field == "manifest" or name in NAMES or (alone and name.endswith(SUFFIXES))


def _read_manifest(pack: BinaryIO, file: UploadedFile) -> Manifest:
    name = PurePosixPath(file.filename).name
    if file.size > MAX_BYTES:
        limit = MAX_BYTES // MEBIBYTE
        raise TooLarge(f"the manifest {name} is larger than {limit} MiB; split the upload")
    pack.seek(file.offset)
    with_suffix = name if name.lower().endswith(SUFFIXES) else f"{name}.csv"
    return read_manifest(with_suffix, pack.read(file.size))


def _add_file(opened: _OpenFile, contents: UploadContents) -> None:
    file, limits = opened.file, opened.services.limits
    archive = FileSlice(opened.pack, file.offset, file.size, file.filename)
    kind = kind_of(archive.read(HEAD_BYTES))
    archive.seek(0)
    if kind == "zip":
        ratio = limits.max_expansion_ratio
        members = zip_files(archive, max_files=limits.max_images, max_ratio=ratio)
        _add_members(contents, opened.pack, opened, members)
    elif kind == "tar":
        members = tar_files(archive, blob="pack", max_files=limits.max_images)
        _add_members(contents, opened.pack, opened, members)
    elif kind == "gzip":
        _gunzip(opened, archive, contents)
    else:
        name = normal_path(file.filename) or file.filename
        image = ArchiveMember(name=name, inside=False, offset=file.offset, size=file.size)
        contents.members.append(image)


def _gunzip(opened: _OpenFile, archive: FileSlice, contents: UploadContents) -> None:
    """Unpack into a separate blob, from which workers read images by offset."""
    uploads, limits = opened.services.uploads, opened.services.limits
    blob = f"unpacked-{archive.offset}"
    max_bytes = max_unpacked_size(archive.size, limits.max_expansion_ratio)
    with uploads.add_blob(opened.args.upload, blob) as out:
        size = gunzip(archive, out, max_bytes=min(max_bytes, _max_unpacked(opened.services)))
    with uploads.open(opened.args.upload, blob) as unpacked:
        tar = FileSlice(unpacked, 0, size, archive.name)
        if kind_of(tar.read(HEAD_BYTES)) != "tar":
            raise UnsupportedMediaType(
                f"{archive.name} contains no tar archive; send a zip, tar or tar.gz archive"
            )
        members = tar_files(tar, blob=blob, max_files=limits.max_images)
        _add_members(contents, unpacked, opened, members)


def _max_unpacked(services: Services) -> int:
    """Return how many bytes may be unpacked: four times the upload limit if the disk has room."""
    limits, free = services.limits, services.uploads.free_bytes()
    max_bytes = 4 * limits.max_upload_mb * MEBIBYTE
    if free is None:
        return max_bytes
    return max(0, min(max_bytes, free - limits.min_free_mb * MEBIBYTE))


def _add_members(
    contents: UploadContents, blob: BinaryIO, opened: _OpenFile, members: list[ArchiveMember]
) -> None:
    """Add an archive's files without the folder around them; merge its manifests into one."""
    archive = opened.file.filename
    members, warnings = _without_top_folder(members, opened.args, archive)
    contents.warnings += [*_code_page_warnings(members, archive), *warnings]
    for member in members:
        if member.error is None and member.name.lower() in NAMES:
            data = read_planned_image(blob, member, max_bytes=MAX_BYTES)
            contents.manifest.add(read_manifest(member.name, data))
        else:
            contents.members.append(member)


def _without_top_folder(
    members: list[ArchiveMember], args: IngestArgs, archive: str
) -> tuple[list[ArchiveMember], list[str]]:
    if args.folders:  # a single folder is a category
        return members, []
    names = [member.name for member in members if member.error is None]
    top = top_folder(names, archive=archive)
    if not top.path:
        return members, [top.warning] if top.warning and not args.sku else []
    return [
        replace(member, name=member.name.removeprefix(top.path), top_folder=top.path)
        for member in members
    ], [top.warning] if top.warning and not args.sku else []


def _code_page_warnings(members: list[ArchiveMember], archive: str) -> list[str]:
    guessed = [member for member in members if member.code_page]
    if not guessed:
        return []
    return [
        f"{archive} does not say which code page its file names are in; those with special letters "
        f"were read as {guessed[0].code_page}: {guessed[0].name[:80]!r}"
        + (f" and {len(guessed) - 1:,} more" if len(guessed) > 1 else "")
        + ". If the names are wrong, delete the items of these files, and pack the files with "
        "UTF-8 names, as 7-Zip does."
    ]
