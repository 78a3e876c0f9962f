"""The orders from which links between items are learned."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.order_line_arrays import DAY_S, OrderLines

MAX_ITEMS = 100
"""A larger order does not count: it would link each of its items with all others."""
MAX_ORDERS = 200
"""Only this many orders of each customer count, the newest, so that no customer dominates."""

Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class Baskets:
    """The orders that count, oldest first."""

    matrix: sparse.csr_matrix
    """float32 (orders, items): 1 where an order contains an item."""

    @cached_property
    def counts(self) -> NDArray[np.float64]:
        """Return (items,): the number of orders that contain each item."""
        return np.bincount(self.matrix.indices, minlength=self.matrix.shape[1]).astype(np.float64)

    @property
    def sizes(self) -> Numbers:
        """Return (orders,): the number of different items in each order."""
        return np.asarray(np.diff(self.matrix.indptr), np.intp)

    def select(self, orders: NDArray[np.bool_]) -> Self:
        """Return the orders that a mask selects."""
        return type(self)(self.matrix[orders])


def build_baskets(lines: OrderLines) -> Baskets:
    """Return the orders that count; `lines` are oldest first."""
    order, user = _number_orders(lines)
    shape = len(user), lines.items
    matrix = sparse.csr_matrix((np.ones(len(order), np.float32), (order, lines.item)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    counts = (_recency_rank(user) < MAX_ORDERS) & (np.diff(matrix.indptr) <= MAX_ITEMS)
    return Baskets(matrix[counts])


def _number_orders(lines: OrderLines) -> tuple[Numbers, Numbers]:
    """Return (lines,): the number of each line's order, and (orders,): the user of each order.

    A user, an order ID and a day identify an order here: some shops use one ID for all orders.
    Orders are numbered by their first line.
    """
    day = np.where(np.isfinite(lines.at), lines.at // DAY_S, 0).astype(np.int64)
    by_order = np.lexsort((day, lines.order, lines.user))
    columns = lines.user[by_order], lines.order[by_order], day[by_order]
    starts = np.logical_or.reduce([np.diff(column, prepend=-1) != 0 for column in columns])
    starts[:1] = True
    group = np.empty(len(lines), np.intp)
    group[by_order] = np.cumsum(starts) - 1
    _, first = np.unique(group, return_index=True)
    rank = np.empty(len(first), np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[group], lines.user[np.sort(first)].astype(np.intp)


def _recency_rank(user: Numbers) -> Numbers:
    """Return (orders,): how many newer orders the user of each order has."""
    newest_first = np.argsort(user[::-1], kind="stable")
    users = user[::-1][newest_first]
    rank = np.empty(len(user), np.intp)
    rank[newest_first] = np.arange(len(user)) - np.searchsorted(users, users)
    return rank[::-1]
