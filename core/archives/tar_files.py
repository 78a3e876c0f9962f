"""Lists the files of a tar archive and the positions of their bytes; unpacks gzip."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from typing_extensions import override

from core.archives.file_slice import FileSlice
from core.archives.members import ArchiveMember, is_decoded, is_junk, with_checked_names
from core.errors import InvalidInput, TooLarge

_BLOCK = tarfile.BLOCKSIZE
_BUFFER_BYTES = 1 << 20
_MAX_HEADER_BYTES = 1 << 20
# Errors that tarfile raises on hostile bytes; RecursionError is for endless extended headers.
_UNREADABLE = (
    tarfile.TarError, OSError, ValueError, EOFError, LookupError, TypeError, OverflowError,
    RecursionError,
)  # fmt: skip


def tar_files(archive: FileSlice, *, blob: str, max_files: int) -> list[ArchiveMember]:
    """Return the files of an uncompressed tar archive, or of several that were joined.

    If the archive is damaged or truncated, the last member stands for the archive, with an error.

    Raises:
        InvalidInput: the file is not a readable tar archive.
        TooLarge: the archive contains more than `max_files` files.
    """
    members: list[ArchiveMember] = []
    try:
        for member in _members(archive, blob):
            members.append(member)
            if len(members) > max_files:
                raise TooLarge(f"{archive.name} has more than {max_files:,} files; split it")
    except _UNREADABLE as exc:
        if not members:
            raise InvalidInput(f"{archive.name} is not a readable tar archive ({exc})") from exc
        return [*with_checked_names(members), _damage(archive, members[-1], str(exc))]
    return with_checked_names(members)


class _HeaderReader(FileSlice):
    """A tar archive of which only headers are read."""

    @override
    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MAX_HEADER_BYTES:
            raise tarfile.ReadError("a header is too long")
        return super().read(size)


def _damage(archive: FileSlice, last: ArchiveMember, reason: str) -> ArchiveMember:
    name = last.name.encode("utf-8", "backslashreplace").decode()
    error = InvalidInput(
        f"the archive is damaged or incomplete after {name!r} ({reason}); the files that follow "
        "are lost; pack or upload the archive again"
    )
    return ArchiveMember(name=archive.name or "the archive", inside=False, error=error)


def _members(archive: FileSlice, blob: str) -> Iterator[ArchiveMember]:
    start: int | None = 0
    while start is not None:
        rest = _HeaderReader(cast("BinaryIO", archive), start, archive.size - start)
        with tarfile.open(fileobj=rest, mode="r:", encoding="utf-8") as tar:
            for member in _headers(tar):
                if not (member.isdir() or (is_decoded(member.name) and is_junk(member.name))):
                    yield _member(archive.offset + start, member, blob)
            start = _start_of_next(archive, start + tar.offset)


def _headers(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the headers; reject a negative size, which could lead back to the same header."""
    position = -1
    while member := tar.next():
        tar.members = []  # type: ignore[attr-defined]  # otherwise they stay in memory
        if tar.offset <= position or member.size < 0:
            raise tarfile.ReadError("a file has a negative size")
        position = tar.offset
        yield member


def _member(start: int, member: tarfile.TarInfo, blob: str) -> ArchiveMember:
    if not member.isreg() or member.issparse():
        error = InvalidInput("links, devices and sparse files are not accepted; pack regular files")
        return ArchiveMember(name=member.name, inside=True, error=error)
    offset = start + member.offset_data
    return ArchiveMember(name=member.name, inside=True, offset=offset, size=member.size, blob=blob)


def _start_of_next(archive: FileSlice, end: int) -> int | None:
    """Return where the next of several joined archives starts; None at the end of the file.

    `end` is the position of the blocks of zeros that end an archive.

    Raises:
        tarfile.ReadError: the archive does not end there.
    """
    archive.seek(end)
    block = archive.read(_BLOCK)
    if len(block) < _BLOCK:
        raise tarfile.ReadError("its end is missing")
    if any(block):
        raise tarfile.ReadError("bad header")
    position = end + _BLOCK
    while data := archive.read(_BUFFER_BYTES):
        if stripped := data.lstrip(b"\0"):
            return position + (len(data) - len(stripped)) // _BLOCK * _BLOCK
        position += len(data)
    return None


def gunzip(archive: FileSlice, out: BinaryIO, *, max_bytes: int) -> int:
    """Unpack a gzip file and return its unpacked size in bytes.

    Raises:
        InvalidInput: the file is damaged.
        TooLarge: the file unpacks to more than `max_bytes`.
    """
    total = 0
    with gzip.GzipFile(fileobj=archive) as packed:
        while data := _read_gzip(packed, archive.name):
            total += len(data)
            if total > max_bytes:
                raise TooLarge(f"{archive.name} unpacks to over {max_bytes:,} bytes; split it")
            out.write(data)
    return total


def _read_gzip(packed: gzip.GzipFile, name: str) -> bytes:
    try:
        return packed.read(_BUFFER_BYTES)
    except (OSError, zlib.error, EOFError) as exc:
        raise InvalidInput(f"{name} is not a readable gzip file ({exc})") from exc
