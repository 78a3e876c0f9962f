"""Merges the order lines of all uploads into one pandas frame; drops repeats, subtracts returns.

User, order, SKU and time identify an order line. Each line counts once, even if several rows or
uploads contain it; a return is a line of its own.
"""

from collections.abc import Iterable
from typing import BinaryIO, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.sales.schema import SCHEMA
from core.sales.uncounted_rows import (
    IS_RETURN,
    REPEATED,
    RETURNED,
    UncountedRows,
    describe_uncounted,
    places,
)

_LABELS = ["user", "sku", "order", "zip", "country"]
_LINE = ["user", "order", "sku", "at"]
_PREFERRED_LAST = ["quantity", "country", "zip", "place"]
_CATEGORICAL_SCHEMA = pa.schema([
    *((label, pa.dictionary(pa.int32(), pa.string())) for label in _LABELS),
    SCHEMA.field("at"),
    SCHEMA.field("quantity"),
])
_EMPTY = _CATEGORICAL_SCHEMA.append(pa.field("place", pa.int64())).empty_table()


class MergedLines(NamedTuple):
    """The order lines that count, and why others do not."""

    lines: pd.DataFrame
    uncounted: list[UncountedRows]


def read_order_lines(files: Iterable[BinaryIO]) -> MergedLines:
    """Merge the Parquet files of all uploads, in any order, into order lines, oldest first.

    If an order line occurs with different quantities, the largest counts. A return reduces the
    user's latest earlier purchases of the SKU; any excess is ignored.

    Returns:
        The lines as a frame with the columns `user`, `sku`, `country` and `zip` (categorical with
        sorted categories, all in use), `order` (int32 from 0, the same in all lines of an order),
        `at` (UTC) and `quantity` (int32, at least 1).
    """
    # nothing else refers to the tables and their copies, so each is freed as soon as it was used
    lines, repeated = _split_repeated(_to_frame(_read_all(files)))
    bought, remaining = lines["quantity"] > 0, _subtract_returns(lines)
    uncounted = describe_uncounted({
        REPEATED: repeated,
        IS_RETURN: lines.loc[~bought, "place"],
        RETURNED: lines.loc[bought & (remaining == 0), "place"],
    })
    lines = lines.assign(quantity=remaining)[remaining > 0].drop(columns="place")
    # stable: lines of the same time stay in the order of user, order and SKU
    lines = lines.sort_values("at", kind="stable", ignore_index=True)
    lines["order"] = pd.factorize(lines["order"], sort=True)[0].astype(np.int32)
    for label in ("user", "sku", "country", "zip"):
        lines[label] = lines[label].cat.remove_unused_categories()
    return MergedLines(lines, uncounted)


def _read_all(files: Iterable[BinaryIO]) -> pa.Table:
    return pa.concat_tables([_EMPTY, *(_read(file, number) for number, file in enumerate(files))])


def _read(file: BinaryIO, number: int) -> pa.Table:
    parquet = pq.ParquetFile(file, read_dictionary=_LABELS)
    table = parquet.read(columns=SCHEMA.names)
    rows = table.select(_CATEGORICAL_SCHEMA.names).cast(_CATEGORICAL_SCHEMA)
    return rows.append_column("place", places(number, table["line"]))


def _to_frame(table: pa.Table) -> pd.DataFrame:
    """Convert to pandas, with orders as integers: categories would take 3 s per million lines."""
    table = table.unify_dictionaries()
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    columns |= {label: _sort_dictionary(columns[label]) for label in _LABELS}
    columns["order"] = columns["order"].indices
    return pa.table(columns).to_pandas()


def _sort_dictionary(column: pa.DictionaryArray) -> pa.DictionaryArray:
    order = pc.sort_indices(column.dictionary).to_numpy()
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    codes = rank[column.indices.to_numpy()]
    return pa.DictionaryArray.from_arrays(codes, column.dictionary.take(order))


def _split_repeated(lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return the lines without rows that repeat another one, and the places of these rows.

    One purchase and one return of each order line are kept, each with its largest quantity; of
    equal rows, the first.
    """
    lines = lines.assign(is_return=lines["quantity"] < 0, quantity=lines["quantity"].abs())
    ascending = [name != "place" for name in [*_LINE, *_PREFERRED_LAST]]
    lines = lines.sort_values([*_LINE, *_PREFERRED_LAST], ascending=ascending, ignore_index=True)
    is_repeated = lines.duplicated([*_LINE, "is_return"], keep="last")
    repeated = lines.loc[is_repeated, "place"]
    lines = lines[~is_repeated]
    signed = lines["quantity"].where(~lines["is_return"], -lines["quantity"])
    return lines.assign(quantity=signed).drop(columns="is_return"), repeated


def _subtract_returns(lines: pd.DataFrame) -> pd.Series:
    """Return the quantity that the user keeps of each line; 0 for the returns themselves.

    Last in, first out: a return reduces the latest earlier purchases, and what a user keeps of a
    SKU is never negative.
    """
    user, sku = lines["user"].cat.codes.astype(np.int64), lines["sku"].cat.codes
    lines = lines.assign(pair=user * 2**32 + sku, is_return=lines["quantity"] < 0)
    touched = lines[lines["pair"].isin(lines.loc[lines["is_return"], "pair"])]
    touched = touched.sort_values(["pair", "at", "is_return"], kind="stable")
    quantity, pair = touched["quantity"].astype(np.int64), touched["pair"]
    total = quantity.groupby(pair).cumsum()
    stock = total - total.groupby(pair).cummin().clip(upper=0)
    lowest_after = stock[::-1].groupby(pair).cummin()[::-1]
    remaining = lines["quantity"].copy()
    remaining[touched.index] = (lowest_after - stock + quantity).clip(lower=0).astype(np.int32)
    return remaining
