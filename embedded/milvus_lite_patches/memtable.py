"""The rows that are not in a file yet, read by column.

At every search and flush, the engine converts each number of their vectors to a Python object.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from milvus_lite.schema.arrow_builder import get_vector_field
from milvus_lite.schema.types import CollectionSchema
from milvus_lite.storage.memtable import MemTable
from numpy.typing import NDArray

from embedded.milvus_lite_patches.attribute_columns import AttributeColumns
from embedded.milvus_lite_patches.rounded_vectors import MIN_ROWS, RoundedVectors, round_rows
from embedded.milvus_lite_patches.rows import Rows

MAX_CHUNKS = 64  # reading a row takes longer the more chunks a table has


class ColumnarMemTable(MemTable):  # type: ignore[misc]  # untyped vendor
    """The engine's table of rows in memory, which searches read as `Rows`."""

    def __init__(self, schema: CollectionSchema) -> None:
        super().__init__(schema)
        vectors = get_vector_field(schema)
        self._vector_field = vectors.name
        self._vectors = _GrowingArray((vectors.dim,), np.float32)
        self._rounded = [
            _GrowingArray((vectors.dim,), np.int8),
            *(_GrowingArray((), np.float32) for _ in range(3)),
        ]
        self._table = self._data_schema.empty_table().drop_columns([vectors.name])
        self._keys: list[Any] = []
        self._starts = [0]
        self._attributes: dict[str, AttributeColumns] = {}
        self._rows: Rows | None = None

    def apply_insert(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        with self._lock:
            super().apply_insert(batch)
            self._rows = None

    def apply_delete(self, batch: pa.RecordBatch) -> None:
        """Delete the rows with these keys, here and in files."""
        with self._lock:
            super().apply_delete(batch)
            self._rows = None

    def rows(self) -> Rows:
        """Return the rows at this moment; the last result is kept until the next write."""
        with self._lock:
            if self._rows is None:
                self._rows = self._read()
            return self._rows

    def _read(self) -> Rows:
        for batch in self._insert_batches[len(self._starts) - 1 :]:
            self._append(batch)
        return Rows(
            self._pk_name,
            self._keys,
            self._table.column("_seq").to_numpy().astype(np.int64),
            {key: self._starts[batch] + row for key, (batch, row, _) in self._pk_index.items()},
            {key: seq for key, (seq, _) in self._delete_index.items()},
            self._vector_field,
            self._vectors.rows,
            self._table,
            self._attributes,
            self._rounded_vectors(),
        )

    def _rounded_vectors(self) -> RoundedVectors | None:
        vectors = self._vectors.rows
        if len(vectors) < MIN_ROWS:
            return None
        return RoundedVectors(vectors, *(array.rows for array in self._rounded))

    def _append(self, batch: pa.RecordBatch) -> None:
        self._starts.append(self._starts[-1] + batch.num_rows)
        self._keys += batch.column(self._pk_name).to_pylist()
        numbers = batch.column(self._vector_field).flatten().to_numpy()
        vectors = numbers.reshape(batch.num_rows, -1)
        self._vectors.append(vectors)
        rounded: tuple[NDArray[Any], ...] = round_rows(vectors)
        for array, added in zip(self._rounded, rounded, strict=True):
            array.append(added)
        added = pa.Table.from_batches([batch]).select(self._table.column_names)
        table = pa.concat_tables([self._table, added.cast(self._table.schema)])
        is_scattered = table.column("_seq").num_chunks > MAX_CHUNKS
        self._table = table.combine_chunks() if is_scattered else table

    def _build_data_table(self, rows: list[tuple[int, int]]) -> pa.Table:
        starts = np.cumsum([0, *(batch.num_rows for batch in self._insert_batches)])
        batch, row = np.asarray(rows).T
        table = pa.Table.from_batches(self._insert_batches).select(self._data_schema.names)
        return table.take(pa.array(starts[batch] + row)).cast(self._data_schema)


class _GrowingArray:
    """An array to which rows are added; its earlier states stay valid."""

    def __init__(self, row_shape: tuple[int, ...], dtype: type[np.generic]) -> None:
        self._space: NDArray[Any] = np.empty((0, *row_shape), dtype)
        self._count = 0

    @property
    def rows(self) -> NDArray[Any]:
        return self._space[: self._count]

    def append(self, rows: NDArray[Any]) -> None:
        count = self._count + len(rows)
        if count > len(self._space):
            size = max(count, 2 * self._count)
            space = np.empty((size, *self._space.shape[1:]), self._space.dtype)
            space[: self._count] = self.rows
            self._space = space
        self._space[self._count : count] = rows
        self._count = count
