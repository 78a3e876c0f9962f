"""Lists the files of a tar archive and the positions of their bytes; unpacks gzip."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from core.archives.file_slice import FileSlice
from core.archives.members import ArchiveMember, is_junk, name_error
from core.errors import InvalidInput, TooLarge


def tar_files(archive: FileSlice, *, blob: str, max_files: int) -> Iterator[ArchiveMember]:
    """Yield the files of an uncompressed tar archive.

    Raises:
        InvalidInput: the file is not a readable tar archive.
        TooLarge: the archive contains more than `max_files` files.
    """
    count = 0
    try:
        with tarfile.open(fileobj=archive, mode="r:") as tar:
            for member in tar:
                tar.members = []  # type: ignore[attr-defined]  # otherwise they stay in memory
                if member.isdir() or is_junk(member.name):
                    continue
                count += 1
                if count > max_files:
                    raise TooLarge(
                        f"{archive.name} has more than {max_files:,} files; split the archive"
                    )
                yield _member(archive, member, blob)
    except (tarfile.TarError, OSError, ValueError, EOFError) as exc:
        raise InvalidInput(f"{archive.name} is not a readable tar archive ({exc})") from exc


def _member(archive: FileSlice, member: tarfile.TarInfo, blob: str) -> ArchiveMember:
    error = name_error(member.name)
    if not member.isreg() or member.issparse():
        error = InvalidInput("links, devices and sparse files are not accepted; pack regular files")
    if error:
        return ArchiveMember(name=member.name, inside=True, error=error)
    offset = archive.offset + member.offset_data
    return ArchiveMember(name=member.name, inside=True, offset=offset, size=member.size, blob=blob)


def gunzip(archive: FileSlice, out: BinaryIO, *, max_bytes: int) -> int:
    """Unpack a gzip file and return its unpacked size in bytes.

    Raises:
        InvalidInput: the file is damaged.
        TooLarge: the file unpacks to more than `max_bytes`.
    """
    total = 0
    try:
        with gzip.GzipFile(fileobj=archive) as packed:
            while data := packed.read(1 << 20):
                total += len(data)
                if total > max_bytes:
                    raise TooLarge(
                        f"{archive.name} unpacks to over {max_bytes:,} bytes; split the archive"
                    )
                out.write(data)
    except (gzip.BadGzipFile, zlib.error, EOFError) as exc:
        raise InvalidInput(f"{archive.name} is not a readable gzip file ({exc})") from exc
    return total
