"""Lists the files of a zip archive and the positions of their bytes; unpacks nothing."""

import stat
import struct
import zipfile
import zlib
from typing import BinaryIO, cast

from core.archives.file_slice import FileSlice
from core.archives.members import ArchiveMember, max_unpacked_size, with_checked_names
from core.errors import CoreError, InvalidInput, TooLarge, UnsupportedMediaType
from core.file_types import ZIP_MAGIC

_HEADER_BYTES = 30  # of a local header, without its name and extra field
_MAX_DIRECTORY_BYTES = 64 * 1024 * 1024
_MAX_COUNT = 0xFFFF  # the number of files in the end record is modulo this + 1
_UNICODE_NAME = 0x800  # flag: the name is UTF-8
_UNICODE_PATH = 0x7075  # extra field of Info-ZIP: the name in UTF-8

# Errors that zipfile raises; NotImplementedError is for a later version of the format.
_UNREADABLE = (
    zipfile.BadZipFile, OSError, ValueError, struct.error, EOFError, NotImplementedError,
)  # fmt: skip


def zip_files(archive: FileSlice, *, max_files: int, max_ratio: int) -> list[ArchiveMember]:
    """Return the files of a zip archive.

    Raises:
        InvalidInput: the file is not a readable zip archive.
        TooLarge: the archive lists more than `max_files` files, or they unpack to more than
            `max_ratio` times its size; files that overlap count separately.
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
    return with_checked_names(_member(archive, member) for member in members)


def open_zip(file: BinaryIO, name: str, *, max_directory_bytes: int) -> zipfile.ZipFile:
    """Open a zip archive; `file` stays open.

    Raises:
        InvalidInput: the file is not a readable zip archive.
        TooLarge: the list of files is longer than `max_directory_bytes`.
    """
    try:
        # zipfile reads the whole list into memory, so the size is checked first, using zipfile's
        # own search for the list: another search might find another list.
        record = zipfile._EndRecData(file)  # type: ignore[attr-defined]
        if record and record[zipfile._ECD_SIZE] > max_directory_bytes:  # type: ignore[attr-defined]
            raise TooLarge(f"{name} lists too many files; split it into several archives")
        archive = zipfile.ZipFile(file)
        _check_count(len(archive.filelist), record)
    except _UNREADABLE as exc:
        raise InvalidInput(f"{name} is not a readable zip archive ({exc})") from exc
    return archive


def _check_count(listed: int, record: list[int]) -> None:
    expected = record[zipfile._ECD_ENTRIES_TOTAL]  # type: ignore[attr-defined]
    if (listed - expected) % (_MAX_COUNT + 1):
        raise zipfile.BadZipFile(f"it should contain {expected} files, but lists {listed}")


def zip_member_error(member: zipfile.ZipInfo) -> CoreError | None:
    """Return the error if a file of a zip archive must be rejected, or None."""
    if member.flag_bits & 1:
        return InvalidInput("the file is encrypted; zip it without a password")
    if stat.S_ISLNK(member.external_attr >> 16):
        return InvalidInput("the file is a link; zip the file itself")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return UnsupportedMediaType(
            "the file is compressed by a method that is not supported; zip it again with the "
            "method deflate"
        )
    return None


def _member(archive: FileSlice, member: zipfile.ZipInfo) -> ArchiveMember:
    name, error = _name(member), zip_member_error(member)
    start = None if error else _data_offset(archive, member)
    if error is None and start is None:
        error = InvalidInput("the archive is damaged: this file is missing; zip it again")
    if error or start is None:
        return ArchiveMember(name=name, inside=True, error=error)
    is_deflated = member.compress_type == zipfile.ZIP_DEFLATED
    return ArchiveMember(
        name=name,
        inside=True,
        offset=archive.offset + start,
        size=member.file_size,
        compressed_size=member.compress_size if is_deflated else None,
        crc=member.CRC,
    )


def _name(member: zipfile.ZipInfo) -> str:
    """Return the name; bytes that are not UTF-8 become surrogates (see `with_checked_names`)."""
    if member.flag_bits & _UNICODE_NAME:
        return member.orig_filename
    raw = member.orig_filename.encode("cp437")  # as zipfile decoded it
    return (_unicode_path(member.extra, raw) or raw).decode("utf-8", "surrogateescape")


def _unicode_path(extra: bytes, raw: bytes) -> bytes | None:
    """Return the name in Info-ZIP's extra field if that field has the raw name's checksum."""
    while len(extra) >= 4:
        field, length = cast("tuple[int, int]", struct.unpack_from("<HH", extra))
        data, extra = extra[4 : 4 + length], extra[4 + length :]
        if field == _UNICODE_PATH and data[1:5] == struct.pack("<I", zlib.crc32(raw)):
            return data[5:]
    return None


def _data_offset(archive: FileSlice, member: zipfile.ZipInfo) -> int | None:
    """Return the offset of a member's bytes, which follow a header of variable length."""
    if member.header_offset < 0:  # bytes were lost in front of the list of files
        return None
    archive.seek(member.header_offset)
    header = archive.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(ZIP_MAGIC[0]):
        return None
    name, extra = cast("tuple[int, int]", struct.unpack_from("<HH", header, 26))
    return member.header_offset + _HEADER_BYTES + name + extra
