"""Second pass over a sales file: yields valid rows as Arrow batches and reports rejected rows.

The file is read in blocks: the memory needed does not depend on the length of the file.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from core.archives.decompression import decompress
from core.sales.assumptions import list_assumptions
from core.sales.date_survey import CLOCK_SKEW
from core.sales.dates import DateFormat
from core.sales.dialect import Dialect
from core.sales.file_survey import Survey
from core.sales.header import QUANTITY
from core.sales.import_report import ImportReport
from core.sales.order_cells import OrderCells
from core.sales.order_status import cancelled_rows
from core.sales.validators import read_name, read_place, read_quantity, read_sku, read_user
from core.tables.cells import without_decimal
from core.tables.layout import DELIMITERS
from core.tables.rows import RejectedRow, RowBlock, read_rows

SCHEMA = pa.schema([
    ("user", pa.string()),
    ("sku", pa.string()),
    ("order", pa.string()),
    ("zip", pa.string()),
    ("country", pa.string()),
    ("at", pa.timestamp("us", tz="UTC")),
    ("quantity", pa.int32()),
    ("line", pa.int64()),  # null in rows that cancel an order line
])
_MAX_REASONS = 50
_OTHER_REASONS = "other reasons"
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
CellParser = Callable[[str], str | int]
_FIELDS = {"md5email": "user", "order_id": "order", "created_at": "at"}
"""Names in `SCHEMA` of the columns that have other names there."""


class SalesReader:
    """Iterates once over the valid rows of a sales file, in batches of `SCHEMA`.

    Iterating raises:
        InvalidInput: the file is damaged.
        TooLarge: the decompressed file or one of its lines is over a limit.
    """

    def __init__(
        self,
        file: BinaryIO,
        dialect: Dialect,
        survey: Survey,
        *,
        reject: Callable[[RejectedRow], None],
    ) -> None:
        self._file, self._dialect, self._survey, self._reject = file, dialect, survey, reject
        self._reasons = Counter[str]()
        self.report = ImportReport(
            compression=dialect.compression,
            encoding=survey.encoding,
            delimiter=DELIMITERS[dialect.layout.delimiter],
            columns=dialect.column_names,
            ignored_columns=dialect.ignored_columns,
            date_format=survey.dates.description,
            date_order=survey.dates.known_order,
            assumptions=list_assumptions(dialect, survey),
        )
        """Complete once all batches have been read."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        parsers, order_cells = (
            _column_parsers(self._dialect, self._survey),
            OrderCells(self._dialect),
        )
        with decompress(self._file, self._dialect.compression) as stream:
            for block in read_rows(stream, self._survey.encoding, self._dialect.layout):
                order_cells.complete(block)
                cancelled = cancelled_rows(block, self._dialect.status_columns)
                sales, no_sales = block.split(cancelled) if cancelled else (block, None)
                batch, rejected = _parse_block(sales, parsers)
                self._count(batch, rejected, Counter(cancelled.values()))
                for row in rejected:
                    self._reject(row)
                yield from filter(len, [batch, *_cancellations(no_sales, parsers)])

    def _count(
        self, batch: pa.RecordBatch, rejected: list[RejectedRow], cancelled: Counter[str]
    ) -> None:
        report = self.report
        report.accepted += batch.num_rows
        report.rejected += len(rejected)
        report.left_out = dict(cancelled + Counter(report.left_out))
        report.rows = report.accepted + report.rejected + sum(report.left_out.values())
        self._reasons.update(row.reason for row in rejected)
        report.reasons = _most_common(self._reasons)
        if batch.num_rows:
            report.returns += pc.sum(pc.less(batch["quantity"], 0)).as_py()
            ends = pc.min_max(batch["at"]).as_py()
            report.first = min(report.first or ends["min"], ends["min"])
            report.last = max(report.last or ends["max"], ends["max"])


def _most_common(reasons: Counter[str]) -> dict[str, int]:
    """Return only the most frequent reasons: there may be many, since some contain cell texts."""
    common = dict(reasons.most_common(_MAX_REASONS))
    others = reasons.total() - sum(common.values())
    return common | ({_OTHER_REASONS: others} if others else {})


def _column_parsers(dialect: Dialect, survey: Survey) -> dict[str, tuple[int, CellParser]]:
    """Map each name in `SCHEMA` to its column's index in the file and the parser for its cells."""
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
    if at < _since_1970(OLDEST):
        raise ValueError(f"created_at is before {OLDEST.year}")
    if at > latest:
        raise ValueError("created_at is in the future")
    return at


def _since_1970(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def _parse_block(
    block: RowBlock, parsers: dict[str, tuple[int, CellParser]]
) -> tuple[pa.RecordBatch, list[RejectedRow]]:
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


def _cancellations(
    block: RowBlock | None, parsers: dict[str, tuple[int, CellParser]]
) -> Iterator[pa.RecordBatch]:
    """Yield each order line of cancelled orders, followed by a return of the same quantity.

    The two cancel out, even if an earlier file contains the order line as a sale.
    """
    if block is None:
        return
    lines, _ = _parse_block(block, parsers)
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
