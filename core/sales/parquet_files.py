"""The order lines of one upload as a Parquet file."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.sales.schema import SCHEMA

_COMPRESSION = "zstd"


def write_order_lines(file: BinaryIO, batches: Iterable[pa.RecordBatch]) -> set[str]:
    """Write a row group for each batch of `schema.SCHEMA`; return the SKUs."""
    skus = set[str]()
    with pq.ParquetWriter(file, SCHEMA, compression=_COMPRESSION) as writer:
        for batch in batches:
            writer.write_batch(batch)
            skus.update(pc.unique(batch["sku"]).to_pylist())
    return skus


def contains_user(file: BinaryIO, user: str) -> bool:
    """Return whether an upload has a row of this user."""
    batches = pq.ParquetFile(file).iter_batches(columns=["user"])
    return any(pc.any(pc.equal(batch["user"], user)).as_py() for batch in batches)


def copy_without_user(source: BinaryIO, target: BinaryIO, user: str) -> int:
    """Copy an upload without one user; return the number of rows left out."""
    return copy_rows(source, target, lambda batch: pc.not_equal(batch["user"], user))


def time_range(file: BinaryIO) -> tuple[datetime, datetime] | None:
    """Return the times of the oldest and newest row of an upload; None if there are no rows."""
    batches = pq.ParquetFile(file).iter_batches(columns=["at"])
    ranges = [pc.min_max(batch["at"]).as_py() for batch in batches if batch.num_rows]
    return (min(r["min"] for r in ranges), max(r["max"] for r in ranges)) if ranges else None


def copy_since(source: BinaryIO, target: BinaryIO, oldest: datetime) -> None:
    """Copy the rows of an upload that are not older than `oldest`."""
    copy_rows(source, target, lambda batch: pc.greater_equal(batch["at"], oldest))


def copy_rows(
    source: BinaryIO, target: BinaryIO, mask: Callable[[pa.RecordBatch], pa.BooleanArray]
) -> int:
    """Copy only the rows that the mask selects; return how many were left out."""
    left_out = 0
    with pq.ParquetWriter(target, SCHEMA, compression=_COMPRESSION) as writer:
        for batch in pq.ParquetFile(source).iter_batches():
            rows = batch.filter(mask(batch))
            left_out += pc.count(batch["line"]).as_py() - pc.count(rows["line"]).as_py()
            if rows.num_rows:
                writer.write_batch(rows)
    return left_out
