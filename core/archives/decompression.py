"""What a sales file is packed in, and its bytes without that; all within a limit."""

import gzip
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Literal, cast

from core.archives.limits import most_unpacked
from core.errors import InvalidInput, TooLarge, UnsupportedMedia

Packing = Literal["plain", "gzip", "zip"]

UNPACKED_BYTES = 4 * 1024**3
_EXPANSION = 100
"""How many times its size a file may unpack to."""
_DIRECTORY_BYTES = 1024 * 1024  # a zip's list of names; the memory would hold all of it
_BUFFER_BYTES = 256 * 1024
_TABLES = (".csv", ".tsv", ".txt")
_WORKBOOKS = ("xl/", "word/", "ppt/", "mimetype")
_OTHERS: dict[bytes, str] = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"RIFF": "a WebP picture or a sound",
    b"BM": "a BMP picture",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"7z\xbc\xaf": "a 7z archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"\x1f\x8b": "packed twice",
    b"PK\x03\x04": "packed twice",
}


def packing_of(file: BinaryIO) -> Packing:
    """How a file is packed, by its first bytes."""
    file.seek(0)
    head = file.read(4)
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "zip" if head in {b"PK\x03\x04", b"PK\x05\x06"} else "plain"


@contextmanager
def unpacked(file: BinaryIO, packing: Packing, *, max_bytes: int) -> Iterator[io.BufferedIOBase]:
    """Read the file's content from its beginning; `file` stays open.

    Raises:
        InvalidInput: it is damaged, encrypted, or a zip that does not hold exactly one CSV file.
        UnsupportedMedia: it is an Excel workbook.
        TooLarge: packed, it holds more than `max_bytes`, or swells beyond measure; also while it
            is read.
    """
    if packing != "plain":
        size = file.seek(0, io.SEEK_END)
        max_bytes = min(max_bytes, most_unpacked(size, _EXPANSION))
    file.seek(0)
    within = _Within(_source(file, packing, max_bytes), max_bytes if packing != "plain" else None)
    with io.BufferedReader(within, _BUFFER_BYTES) as reader:
        yield reader


def refuse_others(head: bytes) -> None:
    """Refuse what is known not to be a CSV file by its first bytes.

    Raises:
        UnsupportedMedia: it is a picture, a workbook, an archive and so on.
    """
    for magic, what in _OTHERS.items():
        if head.startswith(magic) and not (magic == b"BM" and head[:64].isascii()):
            raise UnsupportedMedia(f"the sales file is {what}; send a CSV file: save it as CSV")


class _Within(io.RawIOBase):
    """A stream that stops over a limit, and says in our words what is wrong with it."""

    def __init__(self, source: BinaryIO, max_bytes: int | None) -> None:
        super().__init__()
        self._source, self._max_bytes, self._seen = source, max_bytes, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._source.read(len(buffer))
        except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError) as exc:
            raise InvalidInput(f"the sales file is damaged or cut off ({exc})") from exc
        self._seen += len(data)
        if self._max_bytes is not None and self._seen > self._max_bytes:
            raise _too_large(self._max_bytes)
        buffer[: len(data)] = data
        return len(data)


def _source(file: BinaryIO, packing: Packing, max_bytes: int) -> BinaryIO:
    if packing == "gzip":
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    return _member(file, max_bytes) if packing == "zip" else file


def _member(file: BinaryIO, max_bytes: int) -> BinaryIO:
    _check_directory(file)
    try:
        archive = zipfile.ZipFile(file)
        member = _only_table(archive.infolist())
        if member.file_size > max_bytes:
            raise _too_large(max_bytes)
        return cast("BinaryIO", archive.open(member))
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, EOFError) as exc:
        raise InvalidInput(f"the sales file is not a readable zip archive ({exc})") from exc
    except (NotImplementedError, RuntimeError) as exc:
        raise UnsupportedMedia(f"the zip archive cannot be unpacked ({exc})") from exc


def _only_table(members: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    if any(member.filename.startswith(_WORKBOOKS) for member in members):
        raise UnsupportedMedia("the sales file is an Excel workbook or the like; save it as CSV")
    files = [member for member in members if not (member.is_dir() or _is_junk(member.filename))]
    tables = [one for one in files if one.filename.lower().endswith(_TABLES)]
    names = ", ".join(repr(one.filename[:80]) for one in (tables or files)[:10])
    if len(tables) > 1:
        raise InvalidInput(f"the zip archive holds several CSV files: {names}; send one at a time")
    if not tables:
        raise InvalidInput(f"the zip archive holds no .csv file; found: {names or 'nothing'}")
    return _readable(tables[0])


def _readable(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    if member.flag_bits & 1:
        raise InvalidInput("the zip archive is encrypted; pack it without a password")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise InvalidInput("the zip archive holds a link; pack the file itself")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UnsupportedMedia("the zip method is neither 'stored' nor 'deflate'")
    return member


def _is_junk(name: str) -> bool:
    last = name.rsplit("/", 1)[-1]
    return name.startswith("__MACOSX/") or last.startswith(".") or last == "Thumbs.db"


def _check_directory(file: BinaryIO) -> None:
    """Refuse a list of names that would not fit in memory, before zipfile reads it."""
    file.seek(max(0, file.seek(0, io.SEEK_END) - 65_557))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 16:
        return  # zipfile says what is wrong
    sizes = [struct.unpack_from("<I", tail, at + 12)[0]]
    wide = tail.rfind(b"PK\x06\x06", 0, at)
    if wide >= 0 and len(tail) >= wide + 48:
        sizes.append(struct.unpack_from("<Q", tail, wide + 40)[0])
    if sizes[-1] > _DIRECTORY_BYTES:
        raise TooLarge("the zip archive names too many files; send the CSV file alone")


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(
        f"unpacked, the sales file has more than {max_bytes:,} bytes; send it in several parts"
    )
