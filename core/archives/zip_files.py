"""The files of a zip archive, and where their bytes are; nothing is unpacked."""

import stat
import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from core.archives.limits import most_unpacked
from core.archives.members import ZIP_MAGIC, Found, is_junk, name_error
from core.errors import CoreError, InvalidInput, TooLarge, UnsupportedMedia
from core.storage import Part, Window

_HEADER_BYTES = 30  # of a local header, without name and extra field
_DIRECTORY_BYTES = 64 * 1024 * 1024  # a zip's list of names; more would fill the memory

# what zipfile raises, the last for a version that it does not know
_UNREADABLE = (
    zipfile.BadZipFile, OSError, ValueError, struct.error, EOFError, NotImplementedError,
)  # fmt: skip


def zip_files(file: BinaryIO, part: Part, *, max_files: int, expansion: int) -> Iterator[Found]:
    """The files of a zip archive.

    Raises:
        InvalidInput: it cannot be read as a zip archive.
        TooLarge: it names more files than `max_files`, or unpacks to more than `expansion` times
            its size: also where its files overlap, each of which alone is harmless.
    """
    window = Window(file, part.offset, part.size)
    _check_directory(window, part)
    try:
        members = zipfile.ZipFile(window).infolist()
    except _UNREADABLE as exc:
        raise InvalidInput(f"{part.filename}: not a readable zip archive ({exc})") from exc
    if len(members) > max_files:
        raise TooLarge(f"{part.filename} names {len(members):,} files; the limit is {max_files:,}")
    _check_expansion(members, part, most_unpacked(part.size, expansion))
    for member in members:
        if not (member.filename.endswith("/") or is_junk(member.filename)):
            yield _zip_member(window, part, member)


def _check_expansion(members: list[zipfile.ZipInfo], part: Part, most: int) -> None:
    if sum(member.file_size for member in members) > most:
        name = max(members, key=lambda member: member.file_size).filename
        told = f"{part.filename} unpacks to more than {most:,} bytes"
        raise TooLarge(f"{told}; its largest file is {name[:80]!r}")


def _zip_member(window: Window, part: Part, member: zipfile.ZipInfo) -> Found:
    error = name_error(member.filename) or _zip_error(member)
    start = None if error else _zip_data(window, member)
    if error is None and start is None:
        error = InvalidInput("the archive is damaged here: no file where its list says")
    if error or start is None:
        return Found(name=member.filename, inside=True, error=error)
    deflated = member.compress_type == zipfile.ZIP_DEFLATED
    return Found(
        name=member.filename,
        inside=True,
        offset=part.offset + start,
        size=member.file_size,
        packed=member.compress_size if deflated else None,
        crc=member.CRC,
    )


def _zip_error(member: zipfile.ZipInfo) -> CoreError | None:
    if member.flag_bits & 1:
        return InvalidInput("the file is encrypted; pack it without a password")
    if stat.S_ISLNK(member.external_attr >> 16):
        return InvalidInput("links are not followed; pack the file itself")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return UnsupportedMedia("the zip method is neither 'stored' nor 'deflate'")
    return None


def _zip_data(window: Window, member: zipfile.ZipInfo) -> int | None:
    """Where a member's bytes begin: behind its local header, whose length is its own."""
    window.seek(member.header_offset)
    header = window.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(ZIP_MAGIC[0]):
        return None
    name, extra = cast("tuple[int, int]", struct.unpack_from("<HH", header, 26))
    return member.header_offset + _HEADER_BYTES + name + extra


def _check_directory(window: Window, part: Part) -> None:
    """Refuse a list of names that would not fit in memory, before zipfile reads it."""
    tail_from = max(0, part.size - 65_557)
    window.seek(tail_from)
    tail = window.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 16:
        return  # zipfile says what is wrong
    size = struct.unpack_from("<I", tail, at + 12)[0]
    if size == 0xFFFFFFFF and (wide := tail.rfind(b"PK\x06\x06", 0, at)) >= 0:
        size = struct.unpack_from("<Q", tail, wide + 40)[0]
    if size > _DIRECTORY_BYTES:
        raise TooLarge(f"{part.filename}: the list of its files is too long; send several archives")
