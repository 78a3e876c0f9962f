"""Reads a sales file: good rows in batches of Arrow, bad rows set aside one by one.

The file is read twice, in blocks: first for how it writes its dates, then for its rows. So the
memory that is needed does not depend on its length.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from core.archives.decompression import UNPACKED_BYTES, unpacked
from core.sales.csv_rows import Block, Reject, blocks
from core.sales.dates import DateFormat, DateSurvey
from core.sales.dialect import DELIMITERS, Dialect, opened
from core.sales.header import QUANTITY
from core.sales.text_encoding import Encoding, encoding_of_all
from core.sales.validators import read_label, read_quantity, read_sku, read_user

__all__ = ["SCHEMA", "ImportReport", "Reading", "Reject", "read_sales"]

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
_CLOCKS_APART = timedelta(days=1)  # a shop's local time may be ahead of UTC


@dataclass
class ImportReport:
    """What was found in a sales file."""

    packing: str
    encoding: str
    delimiter: str
    columns: dict[str, str]
    """What each of our columns is called in the file."""
    ignored: tuple[str, ...]
    """Columns that were passed over."""
    dates: str = ""
    """How dates are written, and how that was decided."""
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    returns: int = 0
    """Accepted rows with a quantity below 0."""
    first: datetime | None = None
    last: datetime | None = None


class Reading:
    """The good rows of a sales file, in batches of `SCHEMA`; go through them once."""

    def __init__(
        self, file: BinaryIO, dialect: Dialect, reject: Callable[[Reject], None], max_bytes: int
    ) -> None:
        self._file, self._dialect, self._max_bytes = file, dialect, max_bytes
        self._reject = reject
        self.report = ImportReport(
            dialect.packing,
            dialect.encoding,
            DELIMITERS[dialect.delimiter],
            dialect.taken,
            dialect.ignored,
        )

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        encoding = self._encoding()
        dates = self._survey(encoding)
        self.report.encoding, self.report.dates = encoding, dates.words
        rules = _rules(self._dialect, dates)
        for block in self._blocks(encoding):
            batch, rejects = _read_block(block, rules)
            self._count(batch, rejects)
            for one in rejects:
                self._reject(one)
            if batch.num_rows:
                yield batch

    def told(self) -> dict[str, Any]:
        """The report as JSON takes it; it is whole when all batches have come."""
        report = self.report
        first, last = (when.isoformat() if when else None for when in (report.first, report.last))
        return {
            **vars(report),
            "ignored": list(report.ignored),
            "reasons": dict(report.reasons.most_common()),
            "first": first,
            "last": last,
        }

    def _encoding(self) -> Encoding:
        if self._dialect.encoding != "ascii":
            return self._dialect.encoding
        with unpacked(self._file, self._dialect.packing, max_bytes=self._max_bytes) as stream:
            return encoding_of_all(stream)

    def _survey(self, encoding: Encoding) -> DateFormat:
        survey, columns = DateSurvey(), self._dialect.columns
        for block in self._blocks(encoding):
            dates = block.column(columns["created_at"])
            survey.add(dates, block.column(columns["country"]), block.lines)
        return survey.decide()

    def _blocks(self, encoding: Encoding) -> Iterator[Block]:
        dialect = self._dialect
        with opened(self._file, dialect, encoding, max_bytes=self._max_bytes) as text:
            yield from blocks(
                text,
                first_line=dialect.header_lines + 1,
                delimiter=dialect.delimiter,
                width=len(dialect.header),
            )

    def _count(self, batch: pa.RecordBatch, rejects: list[Reject]) -> None:
        report = self.report
        report.accepted += batch.num_rows
        report.rejected += len(rejects)
        report.rows = report.accepted + report.rejected
        report.reasons.update(one.reason for one in rejects)
        if batch.num_rows:
            report.returns += pc.sum(pc.less(batch["quantity"], 0)).as_py()
            ends = pc.min_max(batch["at"]).as_py()
            report.first = min(report.first or ends["min"], ends["min"])
            report.last = max(report.last or ends["max"], ends["max"])


def read_sales(
    file: BinaryIO,
    dialect: Dialect,
    *,
    reject: Callable[[Reject], None],
    max_bytes: int = UNPACKED_BYTES,
) -> Reading:
    """The good rows of a sales file, to be gone through once; bad rows go to `reject`.

    Going through them raises:
        InvalidInput: it is damaged.
        TooLarge: unpacked, it is over `max_bytes`, or a line is over a limit.
    """
    return Reading(file, dialect, reject, max_bytes)


class _Rule(NamedTuple):
    """How a column is read: what it is called here, where it is in the file, and its cells."""

    name: str
    at: int
    read: Callable[[str], str | int]


def _rules(dialect: Dialect, dates: DateFormat) -> list[_Rule]:
    where = dialect.columns
    latest = datetime.now(UTC) + _CLOCKS_APART
    rules = [
        _Rule("user", where["md5email"], read_user),
        _Rule("sku", where["sku"], read_sku),
        _Rule("order", where["order_id"], partial(read_label, "order_id")),
        _Rule("zip", where["zip"], partial(read_label, "zip", empty=True)),
        _Rule("country", where["country"], partial(read_label, "country", empty=True)),
        _Rule("at", where["created_at"], partial(_read_time, dates, _since_1970(latest))),
    ]
    if QUANTITY in where:
        rules.append(_Rule("quantity", where[QUANTITY], read_quantity))
    return rules


def _read_time(dates: DateFormat, latest: int, text: str) -> int:
    at = dates.read(text)
    if at < _since_1970(OLDEST):
        raise ValueError(f"created_at is before {OLDEST.year}")
    if at > latest:
        raise ValueError("created_at is in the future")
    return at


def _since_1970(when: datetime) -> int:
    return int(when.timestamp()) * 1_000_000


def _read_block(block: Block, rules: list[_Rule]) -> tuple[pa.RecordBatch, list[Reject]]:
    """The good rows, and all bad ones in the order of their lines."""
    values: dict[str, Any] = {"quantity": [1] * len(block.rows), "line": block.lines}
    faults: dict[int, str] = {}
    for rule in rules:
        cells = block.column(rule.at)
        values[rule.name], wrong = _read_cells(cells, rule.read)
        if wrong:
            for row, cell in enumerate(cells):
                if cell in wrong:
                    faults.setdefault(row, wrong[cell])
    batch = pa.RecordBatch.from_pydict(values, schema=SCHEMA)
    if faults:
        batch = batch.filter(pa.array([row not in faults for row in range(len(block.rows))]))
    set_aside = [block.set_aside(row, reason) for row, reason in faults.items()]
    return batch, sorted([*block.rejects, *set_aside], key=lambda one: one.line)


def _read_cells(
    cells: list[str], read: Callable[[str], str | int]
) -> tuple[list[str | int | None], dict[str, str]]:
    """What the cells say, None for the wrong ones; and what is wrong with these.

    Each text is read once: users, items and times come again and again.
    """
    values: dict[str, str | int | None] = {}
    wrong: dict[str, str] = {}
    for cell in set(cells):
        try:
            values[cell] = read(cell)
        except ValueError as exc:
            values[cell] = None
            wrong[cell] = str(exc)
    return [values[cell] for cell in cells], wrong
