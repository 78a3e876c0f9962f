"""What makes Milvus Lite's reads of long vectors quick, with the same answers.

Its engine turns each float of each vector into a Python object: at every search those not yet in a
file, at a flush, and, when there is a filter over JSON, all of them.
"""

import functools
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from milvus_lite.engine import collection, recovery
from milvus_lite.index.brute_force import BruteForceIndex
from milvus_lite.schema import validation
from milvus_lite.schema.types import DataType
from milvus_lite.search import executor_indexed
from milvus_lite.search.distance import compute_distances
from milvus_lite.search.filter import eval as filters
from milvus_lite.search.filter.eval import python_backend
from milvus_lite.storage.memtable import MemTable
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@functools.cache
def apply() -> None:
    """Make the engine of this process quick."""
    collection.MemTable = recovery.MemTable = ColumnarMemTable
    executor_indexed.BruteForceIndex = InPlaceIndex
    filters.evaluate_python = matching
    collection.validate_record = validated


class ColumnarMemTable(MemTable):  # type: ignore[misc]  # untyped vendor
    """The rows not yet in a file, read a column at a time."""

    def to_search_snapshot(
        self,
        vector_field: str | None,
        partition_names: list[str] | None = None,
        include_table: bool = False,
    ) -> tuple[Any, ...]:
        """The engine's snapshot, its vectors taken from Arrow's buffers."""
        with self._lock:
            pks, seqs, vectors, rows, table = super().to_search_snapshot(
                None, partition_names, include_table
            )
            if vector_field is not None and rows:
                vectors = self._matrix(vector_field)[self._flat(rows)]
        return pks, seqs, vectors, rows, table

    def _matrix(self, field: str) -> Floats:
        batches = len(self._insert_batches)  # only ever grows
        if getattr(self, "_joined", (0, None))[0] != batches:
            columns = [batch.column(field) for batch in self._insert_batches]
            blocks = [column.flatten().to_numpy().reshape(len(column), -1) for column in columns]
            self._joined = batches, np.concatenate(blocks)
        return self._joined[1]

    def _flat(self, rows: list[tuple[int, int]]) -> Any:
        """Rows of batches as rows of all batches; a slice, which copies nothing, if it is all."""
        starts = np.cumsum([0, *(batch.num_rows for batch in self._insert_batches)])
        batch, row = np.asarray(rows).T
        flat = starts[batch] + row
        return slice(None) if np.array_equal(flat, np.arange(starts[-1])) else flat

    def _build_data_table(self, rows: list[tuple[int, int]]) -> pa.Table:
        flat = np.arange(sum(batch.num_rows for batch in self._insert_batches))[self._flat(rows)]
        whole = pa.Table.from_batches(self._insert_batches).select(self._data_schema.names)
        return whole.take(pa.array(flat)).cast(self._data_schema)


class InPlaceIndex(BruteForceIndex):  # type: ignore[misc]  # untyped vendor
    """Every vector compared where it lies; the engine's own copies all of them first."""

    def search(
        self,
        queries: Floats,
        top_k: int,
        valid_mask: NDArray[np.bool_] | None = None,
        params: dict[str, Any] | None = None,
    ) -> tuple[NDArray[np.int64], Floats]:
        """The nearest rows and their distances, padded with -1 and infinity to top_k."""
        if valid_mask is not None and valid_mask.mean() < 0.5:
            return super().search(queries, top_k, valid_mask, params)  # type: ignore[no-any-return]
        rows = np.full((len(queries), top_k), -1, dtype=np.int64)
        distances = np.full((len(queries), top_k), np.inf, dtype=np.float32)
        for number, far in enumerate(compute_distances(queries, self._vectors, self.metric)):
            if valid_mask is not None:
                far[~valid_mask] = np.inf
            near = np.argpartition(far, min(top_k, len(far) - 1))[:top_k]
            near = near[np.isfinite(far[near])]
            near = near[np.argsort(far[near], kind="stable")]
            rows[number, : len(near)], distances[number, : len(near)] = near, far[near]
        return rows, distances


class _Wire(list[float]):
    """A vector off the wire: floats by protobuf's own word, so that only its length is checked."""

    def __iter__(self) -> Iterator[float]:
        return iter(())


def validated(record: dict[str, Any], schema: Any, default_properties: Any = None) -> None:
    """The engine's check of a record, without a look at each single number of its vectors."""
    vectors = {name: value for name, value in record.items() if _is_vector(value)}
    record.update({name: _Wire(value) for name, value in vectors.items()})
    try:
        validation.validate_record(record, schema, default_properties)
    finally:
        record.update(vectors)


def _is_vector(value: object) -> bool:
    return isinstance(value, list) and len(value) > 0 and type(value[0]) is float


def matching(compiled: Any, data: pa.Table | pa.RecordBatch) -> pa.BooleanArray:
    """Which rows fulfil an expression; reads only the columns it names, and JSON once a row."""
    columns = {name: data.column(name).to_pylist() for name in compiled.fields}
    for name, field in compiled.fields.items():
        if field.dtype == DataType.JSON:
            columns[name] = [json.loads(text) if text else None for text in columns[name]]
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    found = [python_backend._eval_row(compiled.ast, row) is True for row in rows]
    return pa.array(found, type=pa.bool_())
