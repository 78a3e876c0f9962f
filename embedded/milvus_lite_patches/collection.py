"""Reads collections from snapshots, without locks; call `apply` before the engine opens one.

The engine visits all rows in Python at every read, lets reads wait while files are merged, and
misses rows during a flush, when they are neither in memory nor in a file yet.
"""

import functools
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from milvus_lite import db
from milvus_lite.constants import DEFAULT_PARTITION
from milvus_lite.engine import collection, recovery
from milvus_lite.exceptions import SchemaValidationError
from milvus_lite.schema.types import CollectionSchema, DataType
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from embedded.milvus_lite_patches.memtable import ColumnarMemTable
from embedded.milvus_lite_patches.rows import Record, Rows, segment_rows
from embedded.milvus_lite_patches.search import execute_search, reject_partitions
from embedded.milvus_lite_patches.snapshot import Snapshot

_VECTORS = {DataType.FLOAT_VECTOR, DataType.SPARSE_FLOAT_VECTOR}


@functools.cache
def apply() -> None:
    """Patch the engine of this process; later calls do nothing."""
    threadpool_limits(1, user_api="blas")  # searches have threads of their own
    pa.set_memory_pool(pa.system_memory_pool())  # the default one keeps what files took to write
    collection.MemTable = recovery.MemTable = ColumnarMemTable
    collection.execute_search_with_index = execute_search
    db.Collection = SnapshotCollection


class SnapshotCollection(collection.Collection):  # type: ignore[misc]  # untyped vendor
    """A collection with one vector field, and without partitions and dynamic fields."""

    _flushing: ColumnarMemTable | None = None
    _files: Snapshot
    _latest: tuple[list[Rows], Snapshot, Snapshot] | None = None

    def __init__(self, name: str, data_dir: str, schema: CollectionSchema, **options: Any) -> None:
        _check(schema)
        self._rows_of_segment: dict[Any, Rows] = {}
        super().__init__(name, data_dir, schema, **options)

    def snapshot(self) -> Snapshot:
        """Return all rows that are acknowledged; the last result is kept until the next write."""
        # A flush publishes its file before it forgets its rows, so read the files last.
        tables = dict.fromkeys((self._memtable, self._flushing))
        memory = [table.rows() for table in tables if table is not None]
        files, latest = self._files, self._latest
        if latest is None or latest[0] != memory or latest[1] is not files:
            latest = self._latest = memory, files, files.with_newer(memory)
        return latest[2]

    def query(
        self,
        expr: str | None = None,
        output_fields: Sequence[str] | None = None,
        *,
        limit: int | None = None,
        offset: int = 0,
        order_by_pk: bool = False,
        **options: Any,
    ) -> list[Record]:
        """Return the rows that match an expression."""
        reject_partitions(options.get("partition_names"))
        snapshot, end = self.snapshot(), None if limit is None else offset + limit
        timezone = options.get("timezone")
        compiled = self._compile_filter(expr, timezone=timezone) if expr else None
        masks = snapshot.matching(compiled)
        places = snapshot.first_places(masks, end) if order_by_pk else snapshot.places(masks)
        return snapshot.read(places[offset:end], output_fields)

    def get(
        self,
        pks: list[Any],
        *,
        partition_names: Sequence[str] | None = None,
        output_fields: Sequence[str] | None = None,
    ) -> list[Record]:
        """Return the rows with these keys."""
        reject_partitions(partition_names)
        snapshot = self.snapshot()
        return snapshot.read(snapshot.locate(pks), output_fields)

    def upsert(self, records: list[Record], partition_name: str = DEFAULT_PARTITION) -> list[Any]:
        """Write rows; complete ones without reading those that they replace."""
        fields = {field.name for field in self._schema.fields}
        write = self.insert if all(fields <= row.keys() for row in records) else super().upsert
        return write(records, partition_name)  # type: ignore[no-any-return]

    def create_partition(self, partition_name: str) -> None:
        """Reject the partition, which reads would ignore."""
        raise SchemaValidationError(f"create no partition {partition_name!r}; use a collection")

    def _read_snapshot(self) -> tuple[Snapshot, None]:
        return self.snapshot(), None

    def _get_raw(self, pk: Any) -> Record | None:
        return next(iter(self.get([pk])), None)

    def _num_entities(self, **_: Any) -> int:
        return self.snapshot().count

    def _trigger_flush(self) -> None:
        self._flushing = self._memtable
        super()._trigger_flush()
        self._flushing = None

    def _bg_compact_and_index(self) -> None:
        super()._bg_compact_and_index()
        pa.default_memory_pool().release_unused()

    def _refresh_segment_cache(self) -> None:
        super()._refresh_segment_cache()
        known = self._rows_of_segment
        self._rows_of_segment = {
            segment: known[segment] if segment in known else self._read_segment(segment)
            for segment in self._segment_cache.values()
        }
        rows = list(self._rows_of_segment.values())
        self._files = Snapshot.of(rows, self._delta_index.snapshot)
        self._latest = None  # it holds the rows of files that have been merged

    def _read_segment(self, segment: Any) -> Rows:
        """Return the rows of a file; parse the attributes now if filters read those of others."""
        rows = segment_rows(segment, self._vector_name)
        others = self._rows_of_segment.values()
        for field in {field for other in others for field in other.attributes}:
            rows.parse_attributes(field)
        return rows


def _check(schema: CollectionSchema) -> None:
    """Reject what reads would ignore."""
    vectors = [field for field in schema.fields if field.dtype in _VECTORS]
    is_plain = [(v.dtype, v.nullable) for v in vectors] == [(DataType.FLOAT_VECTOR, False)]
    has_key = any(field.is_partition_key for field in schema.fields)
    if schema.enable_dynamic_field or has_key or not is_plain:
        raise SchemaValidationError(
            "use one vector field that is never null, no dynamic fields, and no partition key"
        )
