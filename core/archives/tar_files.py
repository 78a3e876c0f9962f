"""The files of a tar archive, and where their bytes are; a gzipped one is unpacked first."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from core.archives.members import Found, is_junk, name_error
from core.errors import InvalidInput, TooLarge
from core.storage import Part, Window


def tar_files(file: BinaryIO, part: Part, *, blob: str, max_files: int) -> Iterator[Found]:
    """The files of a tar archive that is not packed.

    Raises:
        InvalidInput: it cannot be read as a tar archive.
        TooLarge: it holds more files than `max_files`.
    """
    count = 0
    try:
        with tarfile.open(fileobj=Window(file, part.offset, part.size), mode="r:") as archive:
            for member in archive:
                archive.members = []  # type: ignore[attr-defined]  # else it keeps every header in memory
                if member.isdir() or is_junk(member.name):
                    continue
                count += 1
                if count > max_files:
                    raise TooLarge(f"{part.filename} holds more than {max_files:,} files")
                yield _tar_member(part, member, blob)
    except (tarfile.TarError, OSError, ValueError, EOFError) as exc:
        raise InvalidInput(f"{part.filename}: not a readable tar archive ({exc})") from exc


def _tar_member(part: Part, member: tarfile.TarInfo, blob: str) -> Found:
    error = name_error(member.name)
    if not member.isreg() or member.issparse():
        error = InvalidInput("only plain files are taken, no links or devices")
    if error:
        return Found(name=member.name, inside=True, error=error)
    return Found(
        name=member.name,
        inside=True,
        offset=part.offset + member.offset_data,
        size=member.size,
        blob=blob,
    )


def gunzip(file: BinaryIO, part: Part, out: BinaryIO, *, max_bytes: int) -> int:
    """Unpack a gzip part and return its length in bytes.

    Raises:
        InvalidInput: it is damaged.
        TooLarge: it unpacks to more than `max_bytes`.
    """
    total = 0
    try:
        with gzip.GzipFile(fileobj=Window(file, part.offset, part.size)) as packed:
            while data := packed.read(1 << 20):
                total += len(data)
                if total > max_bytes:
                    raise TooLarge(f"{part.filename} unpacks to more than {max_bytes:,} bytes")
                out.write(data)
    except (gzip.BadGzipFile, zlib.error, EOFError) as exc:
        raise InvalidInput(f"{part.filename}: not a readable gzip file ({exc})") from exc
    return total
