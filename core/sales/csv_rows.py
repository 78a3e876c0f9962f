"""Parses CSV text into rows with line numbers; a malformed row does not affect the others."""

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress

from core.errors import TooLarge

BLOCK_LENGTH = 4 * 1024 * 1024
LINE_LENGTH = 1024 * 1024
ROW_LINES = 100
TEXT_LENGTH = 200

_WRONG_FIELD_COUNT = "the row has more or fewer fields than the header"
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
    """Consecutive rows; those with more or fewer fields than the header are rejected."""

    lines: list[int] = field(default_factory=list)
    """First line of each row."""
    rows: list[list[str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)

    def column(self, index: int) -> list[str]:
        """Return the cells of one column."""
        return [row[index] for row in self.rows]

    def reject(self, row: int, reason: str) -> RejectedRow:
        """Return the row at this index as a rejected row."""
        return _rejected(self.lines[row], reason, self.texts[row])


def read_blocks(
    text: io.TextIOBase, *, first_line: int, delimiter: str, width: int
) -> Iterator[RowBlock]:
    """Yield the rows in blocks of about `BLOCK_LENGTH` characters; skip empty lines.

    Raises:
        TooLarge: a line has more than `LINE_LENGTH` characters.
    """
    lines = _LineReader(text, first_line)
    while lines.fill():
        yield _parse_single_lines(lines, delimiter, width) or _parse_rows(lines, delimiter, width)


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


def _parse_single_lines(lines: _LineReader, delimiter: str, width: int) -> RowBlock | None:
    """Parse the buffered lines at once, which is fast; return None unless each line is a row."""
    try:
        rows = list(csv.reader(lines.buffer, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if len(rows) != len(lines.buffer):
        return None
    numbers, texts = lines.drain()
    valid = [len(row) == width for row in rows]
    if all(valid):
        return RowBlock(list(numbers), rows, texts)
    rejected = [
        _rejected(number, _WRONG_FIELD_COUNT, text)
        for number, text, row in zip(numbers, texts, rows, strict=True)
        if row and len(row) != width
    ]
    return RowBlock(
        list(compress(numbers, valid)),
        list(compress(rows, valid)),
        list(compress(texts, valid)),
        rejected,
    )


def _parse_rows(lines: _LineReader, delimiter: str, width: int) -> RowBlock:
    """Parse the buffered lines row by row; the last row may continue beyond these lines."""
    block, end = RowBlock(), lines.next_line + len(lines.buffer)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while lines.next_line < end:
        first_line = lines.start_row()
        try:
            cells = next(reader)
        except csv.Error:
            # A stray quote would swallow the rows below it: reject only the line that has it.
            lines.push_back()
            block.rejected.append(_rejected(first_line, _BAD_QUOTE, lines.row[0]))
            continue
        text = "".join(lines.row)
        if len(cells) == width:
            block.lines.append(first_line)
            block.rows.append(cells)
            block.texts.append(text[:TEXT_LENGTH])
        elif cells:
            block.rejected.append(_rejected(first_line, _WRONG_FIELD_COUNT, text))
    return block


def _rejected(line: int, reason: str, text: str) -> RejectedRow:
    return RejectedRow(line, reason, text.rstrip("\r\n")[:TEXT_LENGTH])
