"""Parses the rows of a sales file into Arrow batches."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.sales.date_survey import CLOCK_SKEW
from core.sales.dates import DateFormat
from core.sales.dialect import Dialect
from core.sales.file_survey import Survey
from core.sales.header import QUANTITY, column_in_words
from core.sales.schema import SCHEMA
from core.sales.validators import read_name, read_place, read_quantity, read_sku, read_user
from core.tables.cells import without_decimal
from core.tables.rows import RejectedRow, RowBlock

_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
_FIELDS = {"md5email": "user", "order_id": "order", "created_at": "at"}
"""Names in `SCHEMA` of the columns that have other names there."""

CellParser = Callable[[str], str | int]
Parsers = Mapping[str, tuple[int, CellParser]]
"""For each name in `SCHEMA`, the index of its column in the file and the parser of its cells."""


def column_parsers(dialect: Dialect, survey: Survey) -> Parsers:
    """Return the parsers of the columns that a file has."""
    position = dialect.columns
    latest = _since_1970(datetime.now(UTC) + CLOCK_SKEW)
    parser_of: dict[str, CellParser] = {
        "md5email": read_user,
        "sku": read_sku,
        "order_id": partial(read_name, "order_id"),
        "zip": partial(read_place, "zip"),
        "country": partial(read_place, "country"),
        "created_at": partial(_parse_time, survey.dates, latest),
    }
    if QUANTITY in position:
        parser_of[QUANTITY] = read_quantity
    for column in survey.decimal_columns:
        parser_of[column] = partial(_parse_whole, parser_of[column])
    return {
        _FIELDS.get(column, column): (position[column], parse)
        for column, parse in parser_of.items()
    }


def _parse_whole(parse: CellParser, text: str) -> str | int:
    return parse(without_decimal(text))


def _parse_time(dates: DateFormat, latest: int, text: str) -> int:
    at = dates.parse(text)
    if at < _since_1970(_OLDEST):
        raise ValueError(f"{column_in_words('created_at')} is before {_OLDEST.year}")
    if at > latest:
        raise ValueError(f"{column_in_words('created_at')} is in the future")
    return at


def _since_1970(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def parse_block(block: RowBlock, parsers: Parsers) -> tuple[pa.RecordBatch, list[RejectedRow]]:
    """Return the valid rows, and all rejected rows in the order of their lines."""
    values: dict[str, Any] = {"quantity": [1] * len(block.rows), "line": block.lines}
    reasons: dict[int, str] = {}
    for name, (position, parse) in parsers.items():
        cells = block.column(position)
        values[name], invalid = _parse_cells(cells, parse)
        if invalid:
            for row, cell in enumerate(cells):
                if cell in invalid:
                    reasons.setdefault(row, invalid[cell])
    batch = pa.RecordBatch.from_pydict(values, schema=SCHEMA)
    if reasons:
        batch = batch.filter(pa.array([row not in reasons for row in range(len(block.rows))]))
    rejected = [block.reject(row, reason) for row, reason in reasons.items()]
    return batch, sorted([*block.rejected, *rejected], key=lambda row: row.line)


def cancellations(block: RowBlock | None, parsers: Parsers) -> Iterator[pa.RecordBatch]:
    """Yield each order line of cancelled orders, followed by a return of the same quantity.

    The two cancel out, even if an earlier file contains the order line as a sale.
    """
    if block is None:
        return
    lines, _ = parse_block(block, parsers)
    lines = lines.filter(pc.greater(lines["quantity"], 0))
    returns = pc.negate(lines["quantity"])
    for quantity in (lines["quantity"], returns):
        columns = {name: lines[name] for name in SCHEMA.names}
        columns |= {"quantity": quantity, "line": pa.nulls(len(lines), pa.int64())}
        yield pa.RecordBatch.from_pydict(columns, schema=SCHEMA)


def _parse_cells(
    cells: list[str], parse: CellParser
) -> tuple[list[str | int | None], dict[str, str]]:
    """Return each cell's value (None if invalid), and map each invalid text to its error.

    Each distinct text is parsed only once, since users, SKUs and times recur.
    """
    values: dict[str, str | int | None] = {}
    invalid: dict[str, str] = {}
    for cell in set(cells):
        try:
            values[cell] = parse(cell)
        except ValueError as exc:
            values[cell] = None
            invalid[cell] = str(exc)
    return [values[cell] for cell in cells], invalid
