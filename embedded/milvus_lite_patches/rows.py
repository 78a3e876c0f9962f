"""Rows in the form in which searches read them: those of a file, or those in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from embedded.milvus_lite_patches.attribute_columns import AttributeColumns, Column
from embedded.milvus_lite_patches.rounded_vectors import RoundedVectors, round_vectors

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Record = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that do not change. In memory, some of them have been replaced or deleted since.

    `seqs` are the numbers of the writes, which grow with time. `row_of` has the current row of each
    key, and `deletions` the number of the last deletion of each deleted key.
    """

    key_field: str
    keys: Sequence[Any]
    seqs: NDArray[np.int64]
    row_of: Mapping[Any, int]
    deletions: Mapping[Any, int]
    vector_field: str
    vectors: Floats
    table: pa.Table  # the other fields
    attributes: dict[str, AttributeColumns] = field(default_factory=dict)
    rounded: RoundedVectors | None = None

    def __len__(self) -> int:
        return len(self.seqs)

    def current(self) -> Mask:
        """Return which rows are the current rows of their keys."""
        current = np.zeros(len(self), bool)
        current[list(self.row_of.values())] = True
        return current

    def attribute(self, field: str, name: str) -> Column:
        """Return an attribute in a JSON field."""
        return self.parse_attributes(field).column(name).until(len(self))

    def parse_attributes(self, field: str) -> AttributeColumns:
        """Parse a JSON field unless it has been parsed; return its attributes."""
        columns = self.attributes.setdefault(field, AttributeColumns())
        columns.parse(self.table.column(field))
        return columns

    @cached_property
    def by_key(self) -> NDArray[np.int64]:
        """The row numbers in the order of the keys."""
        return np.asarray(pc.sort_indices(self.table.column(self.key_field)))

    def read(self, rows: NDArray[np.int64], fields: Sequence[str] | None) -> list[Record]:
        """Return the key and these fields of these rows, vectors as arrays; None or `*` for all."""
        names = self._names(fields)
        table = self.table.select([n for n in names if n != self.vector_field]).take(pa.array(rows))
        columns = dict(
            zip(table.column_names, (column.to_pylist() for column in table.columns), strict=True)
        )
        if self.vector_field in names:
            columns[self.vector_field] = list(self.vectors[rows])
        values = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in values]

    def _names(self, fields: Sequence[str] | None) -> list[str]:
        names = [*self.table.column_names, self.vector_field]
        if fields is None or "*" in fields:
            return [name for name in names if name != "_seq"]
        return [name for name in names if name in fields or name == self.key_field]


def segment_rows(segment: Any, vector_field: str) -> Rows:
    """Return the rows of one of the engine's segments, which is a file read into memory."""
    vectors = segment.vector_data(vector_field)[0]
    return Rows(
        segment._pk_field,
        segment.pks,
        segment.seqs.astype(np.int64),
        segment.pk_to_row,
        {},
        vector_field,
        vectors,
        segment.table.drop_columns([vector_field]),
        rounded=round_vectors(vectors),
    )
