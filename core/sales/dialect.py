"""How a sales file is written: packing, encoding, delimiter, and which column is which."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from core.archives.decompression import UNPACKED_BYTES, Packing, packing_of, refuse_others, unpacked
from core.errors import InvalidInput
from core.sales.header import known, places_of
from core.sales.text_encoding import Encoding, encoding_of, text_of

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_HEAD_BYTES = 1024 * 1024
_ONE_LINE = (
    "The file has no line end at all; curl takes them off with -d, and not with --data-binary"
)


@dataclass(frozen=True)
class Dialect:
    """How a sales file is written."""

    packing: Packing
    encoding: Encoding
    delimiter: str
    header: tuple[str, ...]
    columns: Mapping[str, int]
    """Where each column of the contract is, counted from 0."""
    header_lines: int
    """Lines of the file up to and with the header."""

    @property
    def taken(self) -> dict[str, str]:
        """What each column of the contract is called in the file."""
        return {ours: self.header[at] for ours, at in self.columns.items()}

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns that are passed over."""
        used = set(self.columns.values())
        return tuple(name for at, name in enumerate(self.header) if at not in used)


def find_dialect(
    file: BinaryIO, said: Mapping[str, str] | None = None, *, max_bytes: int = UNPACKED_BYTES
) -> Dialect:
    """How a sales file is written, by its beginning, and by what is said of its columns.

    Raises:
        InvalidInput: it is empty, damaged, not a table, or lacks columns: these are named, with
            those that were found.
        UnsupportedMedia: it is another kind of file.
        TooLarge: unpacked, it is over `max_bytes`, or its header is over a limit.
    """
    packing = packing_of(file)
    with unpacked(file, packing, max_bytes=max_bytes) as stream:
        head = stream.read(_HEAD_BYTES)
    if not head.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise InvalidInput("the sales file is empty")
    refuse_others(head)
    encoding = encoding_of(head, whole=len(head) < _HEAD_BYTES)
    text = text_of(io.BytesIO(head), encoding).read()
    delimiter, header, lines = _header(text, said or {})
    try:
        columns = places_of(header, said or {})
    except InvalidInput as exc:
        if {"\n", "\r"} & set(text):
            raise
        raise type(exc)(f"{exc.detail}. {_ONE_LINE}", **exc.extra) from exc
    return Dialect(packing, encoding, delimiter, header, columns, lines)


@contextmanager
def opened(
    file: BinaryIO, dialect: Dialect, encoding: Encoding, *, max_bytes: int
) -> Iterator[io.TextIOWrapper]:
    """The text of a sales file, from the line behind its header.

    Raises:
        InvalidInput, TooLarge: as `find_dialect`; also while it is read.
    """
    with (
        unpacked(file, dialect.packing, max_bytes=max_bytes) as stream,
        text_of(stream, encoding) as text,
    ):
        for _ in range(dialect.header_lines):
            text.readline()
        yield text


def _header(text: str, said: Mapping[str, str]) -> tuple[str, tuple[str, ...], int]:
    """Delimiter, names of the columns, and how many lines that took."""
    lines = io.StringIO(text, newline="")
    before = 0
    for line in lines:
        plain = line.strip().lower()
        if plain and not plain.startswith("sep="):  # Excel's own first line
            break
        before += len(line)
    found = [(one, *_cells(text[before:], one)) for one in DELIMITERS]
    delimiter, header, taken = max(found, key=lambda one: (known(one[1], said), len(one[1])))
    return delimiter, header, _count_lines(text[:before]) + taken


def _cells(text: str, delimiter: str) -> tuple[tuple[str, ...], int]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        cells = next(reader, [])
    except csv.Error:
        return (), 0
    return tuple(cell.strip() for cell in cells), reader.line_num


def _count_lines(text: str) -> int:
    return sum(1 for _ in io.StringIO(text, newline=""))
