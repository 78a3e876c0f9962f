"""Rows of all uploads as numbers: each order line once, and returns undone."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Columns = dict[str, NDArray[np.signedinteger]]
"""Codes and quantities in 32 bits, times in 64."""


def numbered(table: pa.Table, texts: Sequence[str]) -> tuple[dict[str, pa.Array], Columns]:
    """Sorted names of each text column, and all columns in numbers; times in microseconds."""
    table = table.unify_dictionaries()
    names: dict[str, pa.Array] = {}
    columns: Columns = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if name in texts:
            names[name], columns[name] = _ranked(column)
        else:
            columns[name] = column.to_numpy().astype(np.int64 if name == "at" else np.int32)
    return names, columns


def bought(columns: Columns) -> Columns:
    """What was bought and not returned, by time; each order line once."""
    columns = _each_once(columns)
    left = _left(columns)
    columns = _take(columns | {"quantity": left}, np.flatnonzero(left))
    # Stable: rows of one time stay in the order of user, order and sku.
    return _take(columns, np.argsort(columns["at"], kind="stable"))


def without_gaps(codes: NDArray[np.signedinteger], names: int) -> tuple[NDArray[np.bool_], Ints]:
    """Which of the names are used, and the codes when only these are numbered."""
    used = np.bincount(codes, minlength=names) > 0
    return used, (np.cumsum(used, dtype=np.int32) - 1)[codes].astype(np.int32)


def _ranked(column: pa.DictionaryArray) -> tuple[pa.Array, Ints]:
    order = pc.sort_indices(column.dictionary).to_numpy()
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return column.dictionary.take(order), rank[column.indices.to_numpy()]


def _each_once(columns: Columns) -> Columns:
    """One purchase, with the largest quantity, and one return of each order line."""
    order_of_user = _paired(columns["user"], columns["order"])
    place = _paired(columns["country"], columns["zip"])
    lines = (columns["at"], columns["sku"], order_of_user)
    rows = np.lexsort((place, columns["quantity"], *lines))
    new = np.zeros(len(rows) + 1, np.bool_)
    new[[0, -1]] = True
    for key in lines:
        new[1:-1] |= np.diff(key[rows]) != 0
    quantity = columns["quantity"][rows]  # ascending in a line: the largest return comes first
    return _take(columns, rows[new[:-1] & (quantity < 0) | new[1:] & (quantity > 0)])


def _left(columns: Columns) -> NDArray[np.signedinteger]:
    """What is left of each row's quantity when returns are undone; nothing of returns."""
    quantity = columns["quantity"]
    pair = _paired(columns["user"], columns["sku"])
    returns = quantity < 0
    left = np.where(returns, np.int32(0), quantity)
    rows = np.flatnonzero(np.isin(pair, pair[returns]))
    rows = rows[np.lexsort((returns[rows], columns["at"][rows], pair[rows]))]
    before, open_rows = -1, list[int]()
    for row in rows.tolist():
        if pair[row] != before:
            before, open_rows = pair[row], []
        if returns[row]:
            _give_back(-int(quantity[row]), left, open_rows)
        else:
            open_rows.append(row)
    return left


def _give_back(owed: int, left: NDArray[np.signedinteger], open_rows: list[int]) -> None:
    """Take a return from purchases, the latest first; those used up are open no more."""
    while owed and open_rows:
        taken = min(owed, int(left[open_rows[-1]]))
        left[open_rows[-1]] -= taken
        owed -= taken
        if not left[open_rows[-1]]:
            open_rows.pop()


def _paired(high: NDArray[np.signedinteger], low: NDArray[np.signedinteger]) -> NDArray[np.int64]:
    """Two codes as one number."""
    return high.astype(np.int64) << 32 | low


def _take(columns: Columns, rows: NDArray[np.signedinteger]) -> Columns:
    return {name: column[rows] for name, column in columns.items()}
