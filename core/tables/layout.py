"""Finds the header and the delimiter of a table, even if title lines precede the header."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.errors import InvalidInput

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_MAX_TITLE_LINES = 20
ColumnCounter = Callable[[Sequence[str]], int]
"""Counts the required columns that a header has."""


@dataclass(frozen=True)
class Layout:
    """Delimiter, header and position of the header of a table."""

    delimiter: str
    header: tuple[str, ...]
    header_lines: int
    """Number of lines up to and including the header."""
    title_lines: int = 0
    """Number of lines with text above the header, which belong to no row."""


def find_layout(text: str, count_columns: ColumnCounter, required: int) -> Layout:
    """Find the header in the first lines of a table.

    The first line with all required columns is the header. If no line has them, the first line
    with text is taken for the header, and the caller finds that columns are missing.

    Raises:
        InvalidInput: a quote in the first line with text is not closed.
    """
    first: Layout | None = None
    start = skipped_lines = title_lines = 0
    for line in io.StringIO(text, newline=""):
        if not _is_blank_or_separator(line):
            layout = _layout_at(text[start:], count_columns, skipped_lines, title_lines)
            if count_columns(layout.header) >= required:
                return layout
            first = first or layout
            title_lines += 1
            if title_lines > _MAX_TITLE_LINES:
                break
        start += len(line)
        skipped_lines += 1
    if first and not first.header:
        raise InvalidInput(
            f"the header cannot be read: a quote in line {first.header_lines + 1} is not closed"
        )
    return first or Layout(",", (), skipped_lines)


def _is_blank_or_separator(line: str) -> bool:
    """Return whether a line is empty or names the delimiter, as Excel's `sep=;` does."""
    stripped = line.strip().strip('"').lower()
    return not stripped.strip(",;\t|") or stripped.startswith("sep=")


def _layout_at(
    text: str, count_columns: ColumnCounter, skipped_lines: int, title_lines: int
) -> Layout:
    headers = [(delimiter, *_read_header(text, delimiter)) for delimiter in DELIMITERS]
    delimiter, header, lines = max(headers, key=lambda row: (count_columns(row[1]), len(row[1])))
    if not count_columns(header) and any(not names for _, names, _ in headers):
        return Layout(delimiter, (), skipped_lines, title_lines)
    return Layout(delimiter, header, skipped_lines + lines, title_lines)


def _read_header(text: str, delimiter: str) -> tuple[tuple[str, ...], int]:
    """Return the column names and how many lines they take; no names if a quote is not closed.

    A name that spans several lines cannot contain a delimiter: if one does, a stray quote has
    joined a name with a row.
    """
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        cells = next(reader, [])
    except csv.Error:
        return (), 0
    if any(delimiter in cell and {"\n", "\r"} & set(cell) for cell in cells):
        return (), 0
    return tuple(cell.strip() for cell in cells), reader.line_num
