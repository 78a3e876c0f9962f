"""The ledger: a Parquet file for each upload, and all of them together as what was bought.

An order line is known by user, order, sku and time. However often it comes, in one upload or in
several, it counts once; its return is another line.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.sales.deduplicate import Columns, bought, numbered, without_gaps
from core.sales.importer import SCHEMA

Ints = NDArray[np.int32]

_TEXTS = ["user", "sku", "order", "zip", "country"]
_IN_NUMBERS = pa.schema([
    *((name, pa.dictionary(pa.int32(), pa.string())) for name in _TEXTS),
    ("at", SCHEMA.field("at").type),
    ("quantity", SCHEMA.field("quantity").type),
])
_COMPRESSION = "zstd"
_MICROSECONDS = 1e6


@dataclass
class Counts:
    """What was written of one upload."""

    rows: int = 0
    skus: Counter[str] = field(default_factory=Counter)
    """Rows of each sku."""


@dataclass(frozen=True)
class Sales:
    """All that was bought and not returned, oldest first; numbers point into the lists of names.

    All arrays are of one length. The lists are sorted, and name only what is in a row.
    """

    users: list[str]
    skus: list[str]
    countries: list[str]
    zips: list[str]
    user: Ints
    item: Ints
    order: Ints
    """Rows of one order have the same number, from 0."""
    country: Ints
    zip: Ints
    at: NDArray[np.float64]
    """Seconds since 1970."""
    quantity: Ints
    """At least 1."""


@dataclass(frozen=True)
class Summary:
    """How much was sold, and when."""

    rows: int
    users: int
    orders: int
    skus: int
    first: datetime | None
    last: datetime | None


def write_ledger(file: BinaryIO, batches: Iterable[pa.RecordBatch]) -> Counts:
    """Write an upload's rows, a row group for each batch of `reading.SCHEMA`."""
    counts = Counts()
    with pq.ParquetWriter(file, SCHEMA, compression=_COMPRESSION) as writer:
        for batch in batches:
            writer.write_batch(batch)
            counts.rows += batch.num_rows
            for one in pc.value_counts(batch["sku"]).to_pylist():
                counts.skus[one["values"]] += one["counts"]
    return counts


def names_user(file: BinaryIO, user: str) -> bool:
    """Whether an upload has a row of this user."""
    batches = pq.ParquetFile(file).iter_batches(columns=["user"])
    return any(pc.any(pc.equal(batch["user"], user)).as_py() for batch in batches)


def without_user(file_in: BinaryIO, file_out: BinaryIO, user: str) -> int:
    """Write an upload again without one user; return how many rows that leaves out."""
    kept = _filtered(file_in, file_out, lambda batch: pc.not_equal(batch["user"], user))
    return int(pq.ParquetFile(file_in).metadata.num_rows) - kept


def first_and_last(file: BinaryIO) -> tuple[datetime, datetime] | None:
    """When the first and the last row of an upload were; None where it has none."""
    batches = pq.ParquetFile(file).iter_batches(columns=["at"])
    ends = [pc.min_max(batch["at"]).as_py() for batch in batches if batch.num_rows]
    return (min(e["min"] for e in ends), max(e["max"] for e in ends)) if ends else None


def without_before(file_in: BinaryIO, file_out: BinaryIO, oldest: datetime) -> None:
    """Write an upload again without what was before that time."""
    _filtered(file_in, file_out, lambda batch: pc.greater_equal(batch["at"], oldest))


def _filtered(
    file_in: BinaryIO, file_out: BinaryIO, wanted: Callable[[pa.RecordBatch], pa.BooleanArray]
) -> int:
    rows = 0
    with pq.ParquetWriter(file_out, SCHEMA, compression=_COMPRESSION) as writer:
        for batch in pq.ParquetFile(file_in).iter_batches():
            kept = batch.filter(wanted(batch))
            rows += kept.num_rows
            if kept.num_rows:
                writer.write_batch(kept)
    return rows


def read_ledger(files: Iterable[BinaryIO]) -> Sales:
    """All uploads together: each order line once, returns undone, oldest first.

    The order of the uploads does not matter. A line that comes with several quantities counts with
    the largest. A return takes from the user's latest purchases of the sku that are not after it;
    what is left without a purchase before it changes nothing.
    """
    tables = [_IN_NUMBERS.empty_table(), *map(_read, files)]
    names, columns = numbered(pa.concat_tables(tables), _TEXTS)
    return _sales(names, bought(columns))


def summary(sales: Sales) -> Summary:
    """How much was sold, and when."""
    ends = [datetime.fromtimestamp(at, UTC) for at in sales.at[[0, -1]]] if len(sales.at) else []
    first, last = ends or (None, None)
    orders = int(sales.order.max(initial=-1)) + 1
    return Summary(len(sales.at), len(sales.users), orders, len(sales.skus), first, last)


def _read(file: BinaryIO) -> pa.Table:
    ledger = pq.ParquetFile(file, read_dictionary=_TEXTS)
    return ledger.read(columns=_IN_NUMBERS.names).cast(_IN_NUMBERS)


def _sales(names: dict[str, pa.Array], columns: Columns) -> Sales:
    lists: dict[str, list[str]] = {}
    codes: dict[str, Ints] = {}
    for text in _TEXTS:
        used, codes[text] = without_gaps(columns[text], len(names[text]))
        lists[text] = names[text].filter(pa.array(used)).to_pylist() if text != "order" else []
    return Sales(
        users=lists["user"],
        skus=lists["sku"],
        countries=lists["country"],
        zips=lists["zip"],
        user=codes["user"],
        item=codes["sku"],
        order=codes["order"],
        country=codes["country"],
        zip=codes["zip"],
        at=columns["at"] / _MICROSECONDS,
        quantity=columns["quantity"].astype(np.int32),
    )
