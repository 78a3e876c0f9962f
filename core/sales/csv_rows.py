"""The rows of a CSV text with the numbers of their lines; a broken row never takes others along."""

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

_FIELDS = "the row has another number of fields than the header"
_QUOTES = "a quote is not closed, or not doubled inside a quoted field"


@dataclass(frozen=True)
class Reject:
    """A row that was set aside."""

    line: int
    """Where it begins in the file, unpacked; the first is 1."""
    reason: str
    text: str
    """The beginning of the row as it is in the file."""


@dataclass(frozen=True)
class Block:
    """Some rows that have as many cells as the header, and those between that have not."""

    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def column(self, at: int) -> list[str]:
        """One cell of each row."""
        return [row[at] for row in self.rows]

    def set_aside(self, row: int, reason: str) -> Reject:
        """One of the rows, by its place here, as a reject."""
        return _reject(self.lines[row], reason, self.texts[row])


def blocks(text: io.TextIOBase, *, first_line: int, delimiter: str, width: int) -> Iterator[Block]:
    """Yield the rows in blocks of some millions of characters; empty lines are passed over.

    Raises:
        TooLarge: a line has more than `LINE_LENGTH` characters.
    """
    lines = _Lines(text, first_line)
    while lines.look_ahead():
        yield _all_at_once(lines, delimiter, width) or _one_by_one(lines, delimiter, width)


class _Lines:
    """Lines of a text; some are ready ahead, and those of a row can be given back."""

    def __init__(self, text: io.TextIOBase, first: int) -> None:
        self._text = text
        self.next = first
        self.ahead = deque[str]()
        self.taken: list[str] = []

    def look_ahead(self) -> bool:
        """Have some lines ready, or else say that there are no more."""
        if not self.ahead:
            piece = self._text.read(BLOCK_LENGTH) + self._text.readline(LINE_LENGTH)
            self.ahead.extend(io.StringIO(piece, newline=""))
            for at, line in enumerate(self.ahead):
                if len(line) > LINE_LENGTH:
                    number = self.next + at
                    raise TooLarge(f"line {number} has more than {LINE_LENGTH:,} characters")
        return bool(self.ahead)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) == ROW_LINES:
            raise csv.Error
        if not self.look_ahead():
            raise StopIteration
        self.taken.append(self.ahead.popleft())
        self.next += 1
        return self.taken[-1]

    def begin(self) -> int:
        """Begin a row, and return the number of its first line."""
        self.taken = []
        return self.next

    def give_back(self) -> None:
        """Read all lines of this row again but its first."""
        self.ahead.extendleft(reversed(self.taken[1:]))
        self.next -= len(self.taken) - 1
        del self.taken[1:]

    def take_all(self) -> tuple[range, list[str]]:
        """All lines that are ready, with their numbers."""
        lines = list(self.ahead)
        self.ahead.clear()
        self.next += len(lines)
        return range(self.next - len(lines), self.next), lines


def _all_at_once(lines: _Lines, delimiter: str, width: int) -> Block | None:
    """The lines that are ready, if each is a row of its own: as nearly always, and much faster."""
    try:
        rows = list(csv.reader(lines.ahead, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if len(rows) != len(lines.ahead):
        return None
    numbers, texts = lines.take_all()
    fits = [len(row) == width for row in rows]
    if all(fits):
        return Block(list(numbers), rows, texts)
    rejects = [
        _reject(number, _FIELDS, text)
        for number, text, row in zip(numbers, texts, rows, strict=True)
        if row and len(row) != width
    ]
    return Block(
        list(compress(numbers, fits)),
        list(compress(rows, fits)),
        list(compress(texts, fits)),
        rejects,
    )


def _one_by_one(lines: _Lines, delimiter: str, width: int) -> Block:
    """The lines that are ready, and those that the last row has beyond them."""
    block, end = Block(), lines.next + len(lines.ahead)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while lines.next < end:
        begin = lines.begin()
        try:
            cells = next(reader)
        except csv.Error:
            # A quote too many would swallow the rows below: only its own line is set aside.
            lines.give_back()
            block.rejects.append(_reject(begin, _QUOTES, lines.taken[0]))
            continue
        text = "".join(lines.taken)
        if len(cells) == width:
            block.lines.append(begin)
            block.rows.append(cells)
            block.texts.append(text[:TEXT_LENGTH])
        elif cells:
            block.rejects.append(_reject(begin, _FIELDS, text))
    return block


def _reject(line: int, reason: str, text: str) -> Reject:
    return Reject(line, reason, text.rstrip("\r\n")[:TEXT_LENGTH])
