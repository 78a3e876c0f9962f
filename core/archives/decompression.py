"""Decompresses sales files (plain, gzip or zip) within a limit."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Literal, cast

from typing_extensions import override

from core.archives.members import is_junk, max_unpacked_size
from core.archives.zip_files import open_zip, zip_member_error
from core.errors import InvalidInput, TooLarge, UnsupportedMediaType
from core.file_types import GZIP_MAGIC, ZIP_MAGIC, describe_file, is_office_document

Compression = Literal["plain", "gzip", "zip"]

MAX_UNPACKED_BYTES = 4 * 1024**3
_MAX_RATIO = 100
_MAX_DIRECTORY_BYTES = 1024 * 1024
_BUFFER_BYTES = 256 * 1024
_TABLES = (".csv", ".tsv", ".txt")
_WORKBOOKS = ("xl/", "word/", "ppt/", "mimetype")


def detect_compression(file: BinaryIO) -> Compression:
    """Return how a file is compressed, judging by its first bytes."""
    file.seek(0)
    head = file.read(4)
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    return "zip" if head in ZIP_MAGIC else "plain"


@contextmanager
def decompress(file: BinaryIO, compression: Compression) -> Iterator[io.BufferedIOBase]:
    """Open the decompressed content of a file for reading; `file` stays open.

    Raises:
        InvalidInput: the file is damaged, encrypted, or a zip without exactly one CSV file.
        UnsupportedMediaType: the file is an Excel workbook.
        TooLarge: the file unpacks to more than `MAX_UNPACKED_BYTES`, or 100 times its size.
            Reading the content can also raise TooLarge and InvalidInput.
    """
    if compression == "plain":
        file.seek(0)
        stream = _LimitedStream(file, None)
    else:
        size = file.seek(0, io.SEEK_END)
        max_bytes = min(MAX_UNPACKED_BYTES, max_unpacked_size(size, _MAX_RATIO))
        file.seek(0)
        is_gzip = compression == "gzip"
        source = gzip.GzipFile(fileobj=file) if is_gzip else _open_table(file, max_bytes)
        stream = _LimitedStream(cast("BinaryIO", source), max_bytes)
    with io.BufferedReader(stream, _BUFFER_BYTES) as reader:
        yield reader


def reject_other_formats(head: bytes) -> None:
    """Reject files that are not CSV, judging by their first bytes.

    Raises:
        UnsupportedMediaType: the file is not CSV but, for example, an image or a workbook.
    """
    is_packed = head.startswith((GZIP_MAGIC, *ZIP_MAGIC)) and not is_office_document(head)
    if what := "compressed twice" if is_packed else describe_file(head):
        raise UnsupportedMediaType(f"the sales file is {what}; send a CSV file instead")


class _LimitedStream(io.RawIOBase):
    """A stream that raises an error beyond its limit, and translates the errors of its source."""

    def __init__(self, source: BinaryIO, max_bytes: int | None) -> None:
        super().__init__()
        self._source, self._max_bytes, self._bytes_read = source, max_bytes, 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._source.read(len(buffer))
        except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError) as exc:
            raise InvalidInput(f"the sales file is damaged or truncated ({exc})") from exc
        self._bytes_read += len(data)
        if self._max_bytes is not None and self._bytes_read > self._max_bytes:
            raise _too_large(self._max_bytes)
        buffer[: len(data)] = data
        return len(data)


def _open_table(file: BinaryIO, max_bytes: int) -> io.BufferedIOBase:
    archive = open_zip(file, "the sales file", max_directory_bytes=_MAX_DIRECTORY_BYTES)
    member = _only_table(archive.infolist())
    if error := zip_member_error(member):
        raise error
    if member.file_size > max_bytes:
        raise _too_large(max_bytes)
    try:
        return cast("io.BufferedIOBase", archive.open(member))
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as exc:
        raise InvalidInput(f"the sales file is not a readable zip archive ({exc})") from exc


def _only_table(members: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    if any(member.filename.startswith(_WORKBOOKS) for member in members):
        raise UnsupportedMediaType("the sales file is an Excel workbook or similar; save it as CSV")
    files = [member for member in members if not (member.is_dir() or is_junk(member.filename))]
    tables = [member for member in files if member.filename.lower().endswith(_TABLES)]
    listed = ", ".join(repr(member.filename[:80]) for member in (tables or files)[:10])
    if len(tables) > 1:
        raise InvalidInput(
            f"the zip archive contains several CSV files: {listed}; send one at a time"
        )
    if not tables:
        raise InvalidInput(
            f"the zip archive must contain a .csv file; it contains {listed or 'no files'}"
        )
    return tables[0]


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"the sales file unpacks to more than {max_bytes:,} bytes; split the file")
