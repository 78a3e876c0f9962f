"""Second pass over a sales file: yields valid rows as Arrow batches and reports rejected rows.

The file is read in blocks: the memory needed does not depend on the length of the file.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from core.archives.decompression import decompress
from core.sales.assumptions import list_assumptions
from core.sales.dialect import Dialect
from core.sales.file_survey import Survey
from core.sales.import_report import OTHER_REASONS, ImportReport
from core.sales.order_cells import OrderCells
from core.sales.order_status import cancelled_rows
from core.sales.row_parsing import cancellations, column_parsers, parse_block
from core.tables.layout import DELIMITERS
from core.tables.rows import RejectedRow, read_rows

MAX_EXAMPLES = 20
_MAX_REASONS = 50


class SalesReader:
    """Iterates once over the valid rows of a sales file, in batches of `schema.SCHEMA`.

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
        parsers = column_parsers(self._dialect, self._survey)
        order_cells = OrderCells(self._dialect)
        with decompress(self._file, self._dialect.compression) as stream:
            for block in read_rows(stream, self._survey.encoding, self._dialect.layout):
                order_cells.complete(block)
                cancelled = cancelled_rows(block, self._dialect.status_columns)
                sales, no_sales = block.split(cancelled) if cancelled else (block, None)
                batch, rejected = parse_block(sales, parsers)
                self._count(batch, rejected, Counter(cancelled.values()))
                self._add_lines(block.lines, cancelled)
                for row in rejected:
                    self._reject(row)
                yield from filter(len, [batch, *cancellations(no_sales, parsers)])

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

    def _add_lines(self, lines: Sequence[int], cancelled: Mapping[int, str]) -> None:
        """Add to the report where rows of cancelled orders are; `cancelled` has their statuses."""
        for row, status in sorted(cancelled.items()):
            examples = self.report.left_out_lines.setdefault(status, [])
            if len(examples) < MAX_EXAMPLES:
                examples.append(lines[row])


def _most_common(reasons: Counter[str]) -> dict[str, int]:
    """Return only the most frequent reasons: there may be many, since some contain cell texts."""
    common = dict(reasons.most_common(_MAX_REASONS))
    others = reasons.total() - sum(common.values())
    return common | ({OTHER_REASONS: others} if others else {})
