"""Reads the rows of a manifest: a CSV table of any dialect, or JSON Lines."""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.attributes import Cell
from core.errors import InvalidInput, TooLarge, UnsupportedMediaType
from core.file_types import describe_file
from core.tables.cells import have_decimals, is_null, is_rounded, unmark, without_decimal
from core.tables.foreign_words import describe_guess, first_foreign_word
from core.tables.layout import find_layout
from core.tables.rows import RowBlock, read_rows
from core.tables.text_encoding import decoded, detect_encoding

RESERVED = frozenset({"sku", "file", "view", "availability"})
MAX_ROWS = 200_000
_HEAD_CHARACTERS = 1024 * 1024


@dataclass(frozen=True)
class TableRow:
    """A row with its values by column; empty cells are left out, and cells of CSV are text."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    """Why the row cannot be read; empty if it can."""


@dataclass(frozen=True)
class ManifestTable:
    """The rows of a manifest, and notes on what was assumed while the rows were read."""

    rows: Iterable[TableRow]
    notes: list[str] = field(default_factory=list)


def read_table(name: str, data: bytes) -> ManifestTable:
    """Read a manifest as CSV or, depending on its name, JSON Lines.

    Raises:
        InvalidInput: the manifest is not a table, has no column `sku`, or is not valid JSON.
        UnsupportedMediaType: the manifest is of another kind, such as an Excel workbook.
        TooLarge: the manifest has more than `MAX_ROWS` rows.
    """
    is_csv = name.lower().endswith(".csv")
    kind = describe_file(data[:512])
    if kind and (is_csv or kind != "JSON") and data.strip():
        hint = "name the file items.jsonl" if kind == "JSON" else "save it as CSV"
        raise UnsupportedMediaType(f"the manifest {name} is {kind}; {hint}")
    return _read_csv(name, data) if is_csv else ManifestTable(_json_rows(name, data))


def _read_csv(name: str, data: bytes) -> ManifestTable:
    encoding = detect_encoding(data, whole=True)
    head = decoded(io.BytesIO(data), encoding).read(_HEAD_CHARACTERS)
    layout = find_layout(head, _count_sku, required=1)
    columns = _column_names(name, layout.header)
    blocks = _limited(name, read_rows(io.BufferedReader(io.BytesIO(data)), encoding, layout))
    notes = []
    if guess := describe_guess(encoding, first_foreign_word(data, encoding)):
        notes.append(f"{name}: {guess}; if that is wrong, save the file as UTF-8.")
    if layout.title_lines:
        notes.append(
            f"{name}: the header is line {layout.header_lines}; the lines above it are ignored."
        )
    rows = list(blocks)
    is_decimal = _has_decimal_skus(columns, rows)
    if is_decimal:
        notes.append(f"{name}: the SKU 17850.0 is read as 17850, since all SKUs end in .0.")
    return ManifestTable(_csv_rows(columns, rows, is_decimal=is_decimal), notes)


def _has_decimal_skus(columns: Sequence[str], blocks: Sequence[RowBlock]) -> bool:
    sku = columns.index("sku")
    return bool(have_decimals(cell for block in blocks for cell in block.column(sku)))


def _limited(name: str, blocks: Iterable[RowBlock]) -> Iterator[RowBlock]:
    rows = 0
    for block in blocks:
        rows += len(block.rows) + len(block.rejected)
        _check_count(name, rows)
        yield block


def _check_count(name: str, rows: int) -> None:
    if rows > MAX_ROWS:
        raise TooLarge(f"{name} has more than {MAX_ROWS:,} rows; split the manifest")


def _count_sku(header: Sequence[str]) -> int:
    return int("sku" in {column.lower() for column in header})


def _column_names(name: str, header: Sequence[str]) -> list[str]:
    """Return the names of the columns, without empty ones at the end."""
    columns = list(header)
    while columns and not columns[-1]:
        columns.pop()
    lower = [column.lower() for column in columns]
    if "sku" not in lower:
        raise InvalidInput(f"{name} has no column sku; its columns are {', '.join(columns[:20])}")
    duplicates = sorted({column for column in lower if lower.count(column) > 1})
    if duplicates or "" in lower:
        what = (
            f"several columns named {duplicates[0]!r}" if duplicates else "a column without a name"
        )
        raise InvalidInput(f"{name} has {what}; give each column a name of its own")
    return [low if low in RESERVED else column for low, column in zip(lower, columns, strict=True)]


def _csv_rows(
    columns: Sequence[str], blocks: Sequence[RowBlock], *, is_decimal: bool
) -> list[TableRow]:
    """Return all rows in the order of their lines."""
    rows = [
        _csv_row(columns, line, cells, is_decimal=is_decimal)
        for block in blocks
        for line, cells in zip(block.lines, block.rows, strict=True)
    ]
    rows += [TableRow(row.line, {}, row.reason) for block in blocks for row in block.rejected]
    return sorted(rows, key=lambda row: row.line)


def _csv_row(
    columns: Sequence[str], line: int, cells: Sequence[str], *, is_decimal: bool
) -> TableRow:
    if any(map(str.strip, cells[len(columns) :])):
        return TableRow(line, {}, "the row has more fields than the header")
    texts = (unmark(cell.strip()) for cell in cells)
    values = {
        column: Cell(text)
        for column, text in zip(columns, texts, strict=False)
        if not is_null(text)
    }
    if is_decimal and "sku" in values:
        values["sku"] = Cell(without_decimal(values["sku"]))
    if is_rounded(values.get("sku", "")):
        problem = f"the SKU was rounded to {values['sku']} by a spreadsheet; export it as text"
        return TableRow(line, values, problem)
    return TableRow(line, values)


def _json_rows(name: str, data: bytes) -> Iterator[TableRow]:
    rows = 0
    for number, line in enumerate(_json_text(name, data).split("\n"), start=1):
        if not line.strip():
            continue
        rows += 1
        _check_count(name, rows)
        yield TableRow(number, _json_object(f"line {number} of {name}", line))


def _json_text(name: str, data: bytes) -> str:
    encoding = detect_encoding(data, whole=True)
    try:
        return data.decode(encoding if encoding.startswith("utf") else "utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InvalidInput(f"{name} is not UTF-8 (byte {exc.start}); save it as UTF-8") from exc


def _json_object(where: str, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line, parse_constant=_reject_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(f"{where} is not valid JSON: {exc}") from exc
    if not isinstance(row, dict):
        raise InvalidInput(f"{where} is not a JSON object")
    return row


def _reject_constant(text: str) -> None:
    raise ValueError(f"{text} is not a JSON value")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)!r} occurs twice")
    return values
