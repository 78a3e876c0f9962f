"""Parses CSV text into rows with line numbers; a malformed row does not affect the others.

Spreadsheets drop empty cells at the end of rows, or add some: missing cells are read as empty, and
empty surplus cells are ignored. Rows without any text are skipped.
"""

import csv
import io
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from operator import itemgetter

from core.errors import TooLarge
from core.tables.layout import Layout
from core.tables.text_encoding import Encoding, decoded

BLOCK_LENGTH = 4 * 1024 * 1024
LINE_LENGTH = 1024 * 1024
ROW_LINES = 100
TEXT_LENGTH = 200

_TOO_MANY_FIELDS = "the row has more fields than the header"
_BAD_QUOTE = "a quote is not closed, or is not doubled inside a quoted field"


@dataclass(frozen=True)
class RejectedRow:
    """A row that cannot be read."""

    line: int
    """Number of its first line in the decompressed file, counted from 1."""
    reason: str
    text: str
    """The first `TEXT_LENGTH` characters of the row, unchanged."""


@dataclass(frozen=True)
class RowBlock:
    """Consecutive rows, each with as many cells as the header, and the rejected rows among them."""

    lines: list[int] = field(default_factory=list)
    """First line of each row."""
    rows: list[list[str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)

    def column(self, index: int) -> list[str]:
        """Return the cells of one column."""
        return list(map(itemgetter(index), self.rows))

    def split(self, rows: Container[int]) -> tuple["RowBlock", "RowBlock"]:
        """Split off the rows at these indexes as the second block; the first has all else."""
        others = [row not in rows for row in range(len(self.rows))]
        these = [not other for other in others]
        return replace(self._select(others), rejected=self.rejected), self._select(these)

    def _select(self, mask: Sequence[bool]) -> "RowBlock":
        return RowBlock(
            lines=list(compress(self.lines, mask)),
            rows=list(compress(self.rows, mask)),
            texts=list(compress(self.texts, mask)),
        )

    def reject(self, row: int, reason: str) -> RejectedRow:
        """Return the row at this index as a rejected row."""
        return _rejected(self.lines[row], reason, self.texts[row])


def read_rows(stream: io.BufferedIOBase, encoding: Encoding, layout: Layout) -> Iterator[RowBlock]:
    """Yield the rows below the header, in blocks of about `BLOCK_LENGTH` characters.

    Raises:
        TooLarge: a line has more than `LINE_LENGTH` characters.
    """
    with decoded(stream, encoding) as text:
        for _ in range(layout.header_lines):
            text.readline()
        lines = _LineReader(text, layout.header_lines + 1)
        while lines.fill():
            yield _parse_single_lines(lines, layout) or _parse_rows(lines, layout)


class _LineReader(Iterator[str]):
    """Iterates over the buffered lines of one row; `push_back` returns lines to the buffer."""

    def __init__(self, text: io.TextIOBase, first_line: int) -> None:
        self._text = text
        self.next_line = first_line
        self.buffer = deque[str]()
        self.row: list[str] = []
        """Lines of the current row."""

    def fill(self) -> bool:
        """Fill the buffer if it is empty; return whether any lines are left."""
        if not self.buffer:
            text = self._text.read(BLOCK_LENGTH) + self._text.readline(LINE_LENGTH)
            self.buffer.extend(io.StringIO(text, newline=""))
            for index, line in enumerate(self.buffer):
                if len(line) > LINE_LENGTH:
                    raise TooLarge(
                        f"line {self.next_line + index} has more than {LINE_LENGTH:,} characters; "
                        "look for an unclosed quotation mark"
                    )
        return bool(self.buffer)

    def __next__(self) -> str:
        if len(self.row) == ROW_LINES:
            raise csv.Error
        if not self.fill():
            raise StopIteration
        self.row.append(self.buffer.popleft())
        self.next_line += 1
        return self.row[-1]

    def start_row(self) -> int:
        """Start a new row and return the number of its first line."""
        self.row = []
        return self.next_line

    def push_back(self) -> None:
        """Push all lines of this row except the first back to the buffer."""
        self.buffer.extendleft(reversed(self.row[1:]))
        self.next_line -= len(self.row) - 1
        del self.row[1:]

    def drain(self) -> tuple[range, list[str]]:
        """Empty the buffer and return its lines with their numbers."""
        lines = list(self.buffer)
        self.buffer.clear()
        self.next_line += len(lines)
        return range(self.next_line - len(lines), self.next_line), lines


def _parse_single_lines(lines: _LineReader, layout: Layout) -> RowBlock | None:
    """Parse the buffered lines in one go, which is fast; return None unless each line is a row."""
    try:
        rows = list(_csv_reader(lines.buffer, layout))
    except csv.Error:
        return None
    if len(rows) != len(lines.buffer):
        return None
    numbers, texts = lines.drain()
    width = len(layout.header)
    if set(map(len, rows)) == {width} and all(map(itemgetter(0), rows)):
        return RowBlock(list(numbers), rows, texts)
    block = RowBlock()
    for number, row, text in zip(numbers, rows, texts, strict=True):
        _add_row(block, number, row, text, width)
    return block


def _parse_rows(lines: _LineReader, layout: Layout) -> RowBlock:
    """Parse the buffered lines row by row; the last row may continue beyond these lines."""
    block, end = RowBlock(), lines.next_line + len(lines.buffer)
    reader = _csv_reader(lines, layout)
    while lines.next_line < end:
        first_line = lines.start_row()
        try:
            cells = next(reader)
        except csv.Error:
            # A stray quote would swallow the rows below it: reject only the line that has it.
            lines.push_back()
            block.rejected.append(_rejected(first_line, _BAD_QUOTE, lines.row[0]))
            continue
        _add_row(block, first_line, cells, "".join(lines.row), len(layout.header))
    return block


def _csv_reader(lines: Iterable[str], layout: Layout) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=layout.delimiter, strict=True, skipinitialspace=True)


def _add_row(block: RowBlock, line: int, cells: list[str], text: str, width: int) -> None:
    """Add a row, padded or cut to `width` cells; skip a blank row, reject one with surplus text."""
    if not any(map(str.strip, cells)):
        return
    if any(map(str.strip, cells[width:])):
        block.rejected.append(_rejected(line, _TOO_MANY_FIELDS, text))
        return
    block.lines.append(line)
    block.rows.append(cells[:width] + [""] * (width - len(cells)))
    block.texts.append(text[:TEXT_LENGTH])


def _rejected(line: int, reason: str, text: str) -> RejectedRow:
    return RejectedRow(line, reason, text.rstrip("\r\n")[:TEXT_LENGTH])
