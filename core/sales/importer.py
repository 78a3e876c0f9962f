"""Second pass over a sales file: yields valid rows as Arrow batches and reports rejected rows.

The file is read in blocks: the memory needed does not depend on the length of the file.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from core.archives.decompression import decompress
from core.sales.csv_rows import RejectedRow, RowBlock
from core.sales.dates import DateFormat
from core.sales.dialect import DELIMITERS, Dialect, read_rows
from core.sales.file_survey import Survey
from core.sales.header import QUANTITY
from core.sales.import_report import ImportReport
from core.sales.validators import read_label, read_quantity, read_sku, read_user

SCHEMA = pa.schema([
    ("user", pa.string()),
    ("sku", pa.string()),
    ("order", pa.string()),
    ("zip", pa.string()),
    ("country", pa.string()),
    ("at", pa.timestamp("us", tz="UTC")),
    ("quantity", pa.int32()),
    ("line", pa.int64()),
])
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
CellParser = Callable[[str], str | int]
_CLOCK_SKEW = timedelta(days=1)  # a shop's local time may be ahead of UTC


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
            delimiter=DELIMITERS[dialect.delimiter],
            columns=dialect.column_names,
            ignored_columns=dialect.ignored_columns,
            date_format=survey.dates.description,
        )
        """Complete once all batches have been read."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        parsers = _column_parsers(self._dialect, self._survey.dates)
        with decompress(self._file, self._dialect.compression) as stream:
            for block in read_rows(stream, self._dialect, self._survey.encoding):
                batch, rejected = _parse_block(block, parsers)
                self._count(batch, rejected)
                for row in rejected:
                    self._reject(row)
                if batch.num_rows:
                    yield batch

    def _count(self, batch: pa.RecordBatch, rejected: list[RejectedRow]) -> None:
        report = self.report
        report.accepted += batch.num_rows
        report.rejected += len(rejected)
        report.rows = report.accepted + report.rejected
        self._reasons.update(row.reason for row in rejected)
        report.reasons = dict(self._reasons.most_common())
        if batch.num_rows:
            report.returns += pc.sum(pc.less(batch["quantity"], 0)).as_py()
            ends = pc.min_max(batch["at"]).as_py()
            report.first = min(report.first or ends["min"], ends["min"])
            report.last = max(report.last or ends["max"], ends["max"])


def _column_parsers(dialect: Dialect, dates: DateFormat) -> dict[str, tuple[int, CellParser]]:
    """Map names of `SCHEMA` to the index of the column in the file and the parser of its cells."""
    position = dialect.columns
    latest = _since_1970(datetime.now(UTC) + _CLOCK_SKEW)
    parsers: dict[str, tuple[int, CellParser]] = {
        "user": (position["md5email"], read_user),
        "sku": (position["sku"], read_sku),
        "order": (position["order_id"], partial(read_label, "order_id")),
        "zip": (position["zip"], partial(read_label, "zip", empty=True)),
        "country": (position["country"], partial(read_label, "country", empty=True)),
        "at": (position["created_at"], partial(_parse_time, dates, latest)),
    }
    if QUANTITY in position:
        parsers["quantity"] = position[QUANTITY], read_quantity
    return parsers


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


def _parse_cells(
    cells: list[str], parse: CellParser
) -> tuple[list[str | int | None], dict[str, str]]:
    """Return a value for each cell, None if it is invalid, and the reason for each invalid text.

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
