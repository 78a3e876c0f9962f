"""The rows that are not in a file yet, read by column.

At every search and flush, the engine converts each number of their vectors to a Python object.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from milvus_lite.schema.arrow_builder import get_vector_field
from milvus_lite.schema.types import CollectionSchema
from milvus_lite.storage.memtable import MemTable

from embedded.milvus_lite_patches.attribute_columns import AttributeColumns
from embedded.milvus_lite_patches.rows import Floats, Rows

MAX_CHUNKS = 64  # reading a row takes longer the more chunks a table has


class ColumnarMemTable(MemTable):  # type: ignore[misc]  # untyped vendor
    """The engine's table of rows in memory, which searches read as `Rows`."""

    def __init__(self, schema: CollectionSchema) -> None:
        super().__init__(schema)
        vectors = get_vector_field(schema)
        self._vector_field = vectors.name
        self._vectors = _GrowingMatrix(vectors.dim)
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
        )

    def _append(self, batch: pa.RecordBatch) -> None:
        self._starts.append(self._starts[-1] + batch.num_rows)
        self._keys += batch.column(self._pk_name).to_pylist()
        vectors = batch.column(self._vector_field).flatten().to_numpy()
        self._vectors.append(vectors.reshape(batch.num_rows, -1))
        added = pa.Table.from_batches([batch]).select(self._table.column_names)
        table = pa.concat_tables([self._table, added.cast(self._table.schema)])
        is_scattered = table.column("_seq").num_chunks > MAX_CHUNKS
        self._table = table.combine_chunks() if is_scattered else table

    def _build_data_table(self, rows: list[tuple[int, int]]) -> pa.Table:
        starts = np.cumsum([0, *(batch.num_rows for batch in self._insert_batches)])
        batch, row = np.asarray(rows).T
        table = pa.Table.from_batches(self._insert_batches).select(self._data_schema.names)
        return table.take(pa.array(starts[batch] + row)).cast(self._data_schema)


class _GrowingMatrix:
    """A matrix to which rows are added; its earlier states stay valid."""

    def __init__(self, width: int) -> None:
        self._space, self._count = np.empty((0, width), np.float32), 0

    @property
    def rows(self) -> Floats:
        return self._space[: self._count]

    def append(self, rows: Floats) -> None:
        count = self._count + len(rows)
        if count > len(self._space):
            space = np.empty((max(count, 2 * self._count), rows.shape[1]), np.float32)
            space[: self._count] = self.rows
            self._space = space
        self._space[self._count : count] = rows
        self._count = count
