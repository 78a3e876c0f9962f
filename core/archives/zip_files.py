"""Lists the files of a zip archive with the positions of their bytes; unpacks nothing."""

import stat
import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from core.archives.file_slice import FileSlice
from core.archives.limits import check_zip_directory, max_unpacked_size
from core.archives.members import ZIP_MAGIC, ArchiveMember, is_junk, name_error
from core.errors import CoreError, InvalidInput, TooLarge, UnsupportedMediaType

_HEADER_BYTES = 30  # of a local header, without name and extra field
_MAX_DIRECTORY_BYTES = 64 * 1024 * 1024

# what zipfile raises; the last for a version that it does not know
_UNREADABLE = (
    zipfile.BadZipFile, OSError, ValueError, struct.error, EOFError, NotImplementedError,
)  # fmt: skip


def zip_files(archive: FileSlice, *, max_files: int, max_ratio: int) -> Iterator[ArchiveMember]:
    """Yield the files of a zip archive.

    Raises:
        InvalidInput: it is not a readable zip archive.
        TooLarge: it lists more than `max_files` files, or unpacks to more than `max_ratio` times
            its size; also where files overlap, each of which alone is harmless.
    """
    file = cast("BinaryIO", archive)
    members = open_zip(file, archive.name, max_directory_bytes=_MAX_DIRECTORY_BYTES).infolist()
    if len(members) > max_files:
        raise TooLarge(f"{archive.name} lists {len(members):,} files; the limit is {max_files:,}")
    max_bytes = max_unpacked_size(archive.size, max_ratio)
    if sum(member.file_size for member in members) > max_bytes:
        name = max(members, key=lambda member: member.file_size).filename
        raise TooLarge(
            f"{archive.name} unpacks to more than {max_bytes:,} bytes; "
            f"its largest file is {name[:80]!r}"
        )
    for member in members:
        if not (member.filename.endswith("/") or is_junk(member.filename)):
            yield _member(archive, member)


def open_zip(file: BinaryIO, name: str, *, max_directory_bytes: int) -> zipfile.ZipFile:
    """Open a zip archive; `file` stays open.

    Raises:
        InvalidInput: it is not a readable zip archive.
        TooLarge: its list of files is longer than `max_directory_bytes`.
    """
    try:
        check_zip_directory(file, name, max_bytes=max_directory_bytes)
        return zipfile.ZipFile(file)
    except _UNREADABLE as exc:
        raise InvalidInput(f"{name} is not a readable zip archive ({exc})") from exc


def zip_member_error(member: zipfile.ZipInfo) -> CoreError | None:
    """Return why a file of a zip archive is rejected, or None."""
    if member.flag_bits & 1:
        return InvalidInput("the file is encrypted; zip it without a password")
    if stat.S_ISLNK(member.external_attr >> 16):
        return InvalidInput("the file is a link; zip the file itself")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return UnsupportedMediaType("the zip method is neither 'stored' nor 'deflate'")
    return None


def _member(archive: FileSlice, member: zipfile.ZipInfo) -> ArchiveMember:
    error = name_error(member.filename) or zip_member_error(member)
    start = None if error else _data_offset(archive, member)
    if error is None and start is None:
        error = InvalidInput("the archive is damaged: its list points to where no file is")
    if error or start is None:
        return ArchiveMember(name=member.filename, inside=True, error=error)
    is_deflated = member.compress_type == zipfile.ZIP_DEFLATED
    return ArchiveMember(
        name=member.filename,
        inside=True,
        offset=archive.offset + start,
        size=member.file_size,
        compressed_size=member.compress_size if is_deflated else None,
        crc=member.CRC,
    )


def _data_offset(archive: FileSlice, member: zipfile.ZipInfo) -> int | None:
    """Return where a member's bytes start: after its local header, which has its own length."""
    archive.seek(member.header_offset)
    header = archive.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(ZIP_MAGIC[0]):
        return None
    name, extra = cast("tuple[int, int]", struct.unpack_from("<HH", header, 26))
    return member.header_offset + _HEADER_BYTES + name + extra
