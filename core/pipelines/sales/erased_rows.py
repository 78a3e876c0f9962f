"""Keeps order lines of erased users out of an import."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from core.sales.validators import mask_addresses, read_user
from core.storage import ErasedUsers
from core.tables.rows import RejectedRow

REASON = "the customer was erased"
_CELL_ENDS = re.compile(r"[,;\t|\"]")


@dataclass
class ErasedRows:
    """Filters the rows of erased users out of an import, and counts the rows filtered out."""

    erased: ErasedUsers
    sequence: int
    """The sequence number of the import."""
    count: int = 0

    def filter(
        self, batches: Iterable[pa.RecordBatch], reject: Callable[[RejectedRow], None]
    ) -> Iterator[pa.RecordBatch]:
        """Yield the batches without erased users' rows; reject those rows, omitting their text."""
        for batch in batches:
            mask = self.mask(batch)
            for line in batch["line"].filter(pc.invert(mask)).drop_null().to_pylist():
                self.count += 1
                reject(RejectedRow(line, REASON, ""))
            yield batch.filter(mask)

    def mask(self, batch: pa.RecordBatch) -> pa.BooleanArray:
        """Return for each row whether it may be imported."""
        names = pc.unique(batch["user"]).to_pylist()
        erasures = {name: erasure for name in names if (erasure := self.erased.find(name))}
        if not erasures:
            return pa.array([True] * batch.num_rows, pa.bool_())
        rows = zip(batch["user"].to_pylist(), batch["at"].to_pylist(), strict=True)
        return pa.array([
            user not in erasures or not erasures[user].covers(at, self.sequence)
            for user, at in rows
        ])

    def hide_names(self, row: RejectedRow) -> RejectedRow:
        """Mask a rejected row's e-mail addresses; omit all its text if it names an erased user."""
        text = mask_addresses(row.text)
        return RejectedRow(row.line, row.reason, "" if self._names_erased_user(text) else text)

    def _names_erased_user(self, text: str) -> bool:
        return bool(self.erased.erasures) and any(
            self.erased.find(name) for name in _possible_names(text)
        )


def _possible_names(text: str) -> Iterator[str]:
    for cell in _CELL_ENDS.split(text):
        with suppress(ValueError):
            yield read_user(cell)
