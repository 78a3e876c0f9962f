"""Detects the dialect of a sales file: compression, encoding, delimiter and columns."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from core.archives.decompression import (
    Compression,
    decompress,
    detect_compression,
    reject_other_formats,
)
from core.errors import InvalidInput
from core.sales.csv_rows import RowBlock, read_blocks
from core.sales.header import column_positions, count_matches
from core.sales.text_encoding import Encoding, decoded, detect_encoding

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_HEAD_BYTES = 1024 * 1024
_SINGLE_LINE = "The file has no line breaks: curl -d removes them; use curl --data-binary"


@dataclass(frozen=True)
class Dialect:
    """Compression, encoding, delimiter and columns of a sales file."""

    compression: Compression
    encoding: Encoding
    """`ascii` if the first megabyte is ASCII; the rest may have another encoding."""
    delimiter: str
    header: tuple[str, ...]
    columns: Mapping[str, int]
    """Index of each sales column."""
    header_lines: int
    """Number of lines up to and including the header."""

    @property
    def column_names(self) -> dict[str, str]:
        """Name of each sales column in the file."""
        return {column: self.header[index] for column, index in self.columns.items()}

    @property
    def ignored_columns(self) -> list[str]:
        """Names of the columns that are not sales columns."""
        used = set(self.columns.values())
        return [name for index, name in enumerate(self.header) if index not in used]


def find_dialect(file: BinaryIO, overrides: Mapping[str, str] | None = None) -> Dialect:
    """Detect the dialect of a sales file from its first megabyte.

    `overrides` maps sales columns to their names in this file.

    Raises:
        InvalidInput: the file is empty, damaged, not a table, or lacks columns; the message lists
            the missing columns and those of the file.
        UnsupportedMediaType: the file is of another kind, such as an image.
        TooLarge: the decompressed file or its header is over a limit.
    """
    compression = detect_compression(file)
    with decompress(file, compression) as stream:
        head = stream.read(_HEAD_BYTES)
    if not head.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise InvalidInput("the sales file is empty; send a CSV file with a header")
    reject_other_formats(head)
    encoding = detect_encoding(head, whole=len(head) < _HEAD_BYTES)
    text = decoded(io.BytesIO(head), encoding).read()
    delimiter, header, lines = _find_header(text, overrides or {})
    try:
        columns = column_positions(header, overrides or {})
    except InvalidInput as exc:
        if {"\n", "\r"} & set(text):
            raise
        raise type(exc)(f"{exc.detail}. {_SINGLE_LINE}", **exc.extra) from exc
    return Dialect(compression, encoding, delimiter, header, columns, lines)


def read_rows(
    stream: io.BufferedIOBase, dialect: Dialect, encoding: Encoding
) -> Iterator[RowBlock]:
    """Yield the rows of a decompressed sales file, in blocks.

    Raises:
        InvalidInput: the file is damaged.
        TooLarge: the decompressed file or one of its lines is over a limit.
    """
    with decoded(stream, encoding) as text:
        for _ in range(dialect.header_lines):
            text.readline()
        yield from read_blocks(
            text,
            first_line=dialect.header_lines + 1,
            delimiter=dialect.delimiter,
            width=len(dialect.header),
        )


def _find_header(text: str, overrides: Mapping[str, str]) -> tuple[str, tuple[str, ...], int]:
    """Return the delimiter, the column names, and the number of lines through the header."""
    start = skipped_lines = 0
    for line in io.StringIO(text, newline=""):
        stripped = line.strip().lower()
        if stripped and not stripped.startswith("sep="):  # Excel's own first line
            break
        start += len(line)
        skipped_lines += 1
    headers = [(delimiter, *_read_header(text[start:], delimiter)) for delimiter in DELIMITERS]
    delimiter, header, header_lines = max(
        headers, key=lambda row: (count_matches(row[1], overrides), len(row[1]))
    )
    return delimiter, header, skipped_lines + header_lines


def _read_header(text: str, delimiter: str) -> tuple[tuple[str, ...], int]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        cells = next(reader, [])
    except csv.Error:
        return (), 0
    return tuple(cell.strip() for cell in cells), reader.line_num
