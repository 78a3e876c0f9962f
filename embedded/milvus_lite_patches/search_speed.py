"""Makes Milvus Lite fast with long vectors, without changing its results.

The unpatched engine converts every float of a vector to a Python object. It does so at every search
and flush for the rows that are not yet in a file, and for all rows whenever a search filters on a
JSON field.
"""

import functools
import json
from collections.abc import Callable, Iterator
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
from milvus_lite.search.filter.ast import (
    And,
    BoolLit,
    CmpOp,
    FieldRef,
    FloatLit,
    IntLit,
    Or,
    PathAccess,
    StringLit,
)
from milvus_lite.search.filter.eval import python_backend
from milvus_lite.storage.memtable import MemTable
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_SCALARS = (IntLit, FloatLit, StringLit, BoolLit)


@functools.cache
def apply() -> None:
    """Patch the engine of this process; later calls do nothing."""
    collection.MemTable = recovery.MemTable = ColumnarMemTable
    executor_indexed.BruteForceIndex = InPlaceIndex
    filters.evaluate_python = evaluate_filter
    collection.validate_record = validate_record


class ColumnarMemTable(MemTable):  # type: ignore[misc]  # untyped vendor
    """The rows not yet in a file, read by column."""

    def to_search_snapshot(
        self,
        vector_field: str | None,
        partition_names: list[str] | None = None,
        include_table: bool = False,
    ) -> tuple[Any, ...]:
        """Return the engine's snapshot with the vectors taken from Arrow's buffers."""
        with self._lock:
            pks, seqs, vectors, rows, table = super().to_search_snapshot(
                None, partition_names, include_table
            )
            if vector_field is not None and rows:
                vectors = self._matrix(vector_field)[self._flat_rows(rows)]
        return pks, seqs, vectors, rows, table

    def _matrix(self, field: str) -> Floats:
        batches = len(self._insert_batches)  # only ever grows
        if getattr(self, "_joined", (0, None))[0] != batches:
            columns = [batch.column(field) for batch in self._insert_batches]
            blocks = [column.flatten().to_numpy().reshape(len(column), -1) for column in columns]
            self._joined = batches, np.concatenate(blocks)
        return self._joined[1]

    def _flat_rows(self, rows: list[tuple[int, int]]) -> Any:
        """Convert (batch, row) pairs to row numbers, or all rows to a slice (no copy)."""
        starts = np.cumsum([0, *(batch.num_rows for batch in self._insert_batches)])
        batch, row = np.asarray(rows).T
        flat = starts[batch] + row
        return slice(None) if np.array_equal(flat, np.arange(starts[-1])) else flat

    def _build_data_table(self, rows: list[tuple[int, int]]) -> pa.Table:
        flat = np.arange(sum(batch.num_rows for batch in self._insert_batches))[
            self._flat_rows(rows)
        ]
        table = pa.Table.from_batches(self._insert_batches).select(self._data_schema.names)
        return table.take(pa.array(flat)).cast(self._data_schema)


class InPlaceIndex(BruteForceIndex):  # type: ignore[misc]  # untyped vendor
    """Compares vectors in place; the engine's own index copies them first."""

    def search(
        self,
        queries: Floats,
        top_k: int,
        valid_mask: NDArray[np.bool_] | None = None,
        params: dict[str, Any] | None = None,
    ) -> tuple[NDArray[np.int64], Floats]:
        """Return the nearest rows and their distances, padded to `top_k` with -1 and infinity."""
        if valid_mask is not None and valid_mask.mean() < 0.5:
            return super().search(queries, top_k, valid_mask, params)  # type: ignore[no-any-return]
        rows = np.full((len(queries), top_k), -1, dtype=np.int64)
        distances = np.full((len(queries), top_k), np.inf, dtype=np.float32)
        for query, distance in enumerate(compute_distances(queries, self._vectors, self.metric)):
            if valid_mask is not None:
                distance[~valid_mask] = np.inf
            nearest = np.argpartition(distance, min(top_k, len(distance) - 1))[:top_k]
            nearest = nearest[np.isfinite(distance[nearest])]
            nearest = nearest[np.argsort(distance[nearest], kind="stable")]
            rows[query, : len(nearest)] = nearest
            distances[query, : len(nearest)] = distance[nearest]
        return rows, distances


class _CheckedFloats(list[float]):
    """A vector of floats that protobuf has checked; it keeps its length but yields no items."""

    def __iter__(self) -> Iterator[float]:
        return iter(())


def validate_record(record: dict[str, Any], schema: Any, default_properties: Any = None) -> None:
    """Validate a record as the engine does, but without checking each number of its vectors."""
    vectors = {name: value for name, value in record.items() if _is_vector(value)}
    record.update({name: _CheckedFloats(value) for name, value in vectors.items()})
    try:
        validation.validate_record(record, schema, default_properties)
    finally:
        record.update(vectors)


def _is_vector(value: object) -> bool:
    return isinstance(value, list) and len(value) > 0 and type(value[0]) is float


def evaluate_filter(compiled: Any, data: pa.Table | pa.RecordBatch) -> pa.BooleanArray:
    """Return a mask of the matching rows; read only the filter's columns, and parse JSON once."""
    columns = {name: data.column(name).to_pylist() for name in compiled.fields}
    for name, field in compiled.fields.items():
        if field.dtype == DataType.JSON:
            columns[name] = [json.loads(text) if text else None for text in columns[name]]
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    matches = map(_predicate(compiled.ast), rows)
    return pa.array(list(matches), type=pa.bool_())


def _predicate(node: Any) -> Callable[[dict[str, Any]], bool]:
    """Return a function that tells whether a row matches; unknown results do not match.

    A chain of `==` on one value, which is how filters test for many values, becomes a set lookup.
    """
    if isinstance(node, Or) and (chain := _equal_values(node)):
        value, accepted = chain  # attributes are texts, numbers and truth values, thus hashable
        return lambda row: python_backend._eval_row(value, row) in accepted
    if isinstance(node, And | Or):
        combine = all if isinstance(node, And) else any
        tests = list(map(_predicate, node.operands))
        return lambda row: combine(test(row) for test in tests)
    return lambda row: python_backend._eval_row(node, row) is True


def _equal_values(node: Any) -> tuple[Any, frozenset[Any]] | None:
    """Return the attribute and the values of a chain of `==`; None for other nodes."""
    tests = list(_flatten_or(node))
    if not all(isinstance(test, CmpOp) and test.op == "==" for test in tests):
        return None
    left, right = [test.left for test in tests], [test.right for test in tests]
    if not (all(map(_is_attribute, left)) and all(isinstance(part, _SCALARS) for part in right)):
        return None
    names = {(part.base.name, part.path) for part in left}
    return (left[0], frozenset(part.value for part in right)) if len(names) == 1 else None


def _flatten_or(node: Any) -> Iterator[Any]:
    for operand in node.operands if isinstance(node, Or) else (node,):
        if isinstance(operand, Or):
            yield from _flatten_or(operand)
        else:
            yield operand


def _is_attribute(node: Any) -> bool:
    return isinstance(node, PathAccess) and isinstance(node.base, FieldRef)
