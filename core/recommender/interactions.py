"""Purchases as a Surprise training set, weighted by age.

Surprise stores a training set in dicts of lists. These dicts are built lazily here, since our
algorithms use sparse matrices, which hold a million order lines in less memory.
"""

from collections import defaultdict
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from surprise import Trainset

from core.recommender.order_line_arrays import OrderLines, Regions

Ratings = defaultdict[int, list[tuple[int, float]]]


LEAST_WEIGHT = 1e-4
"""Weight of the oldest purchases: products of smaller weights are too small for float32."""


class Interactions(Trainset):  # type: ignore[misc]
    """Order lines as a `surprise.Trainset`; raw and inner IDs are the same numbers."""

    def __init__(self, lines: OrderLines) -> None:
        self.lines = lines
        matrix = self.purchase_matrix()
        super().__init__(
            ur=None,
            ir=None,
            n_users=lines.users,
            n_items=lines.items,
            n_ratings=matrix.nnz,
            rating_scale=(0, 1),
            raw2inner_id_users={user: user for user in range(lines.users)},
            raw2inner_id_items={item: item for item in range(lines.items)},
        )
        del self.ur, self.ir  # the cached properties below replace these attributes

    @classmethod
    def from_trainset(cls, trainset: Trainset) -> Self:
        """Convert any Surprise training set; every rating, high or low, counts as a purchase."""
        if isinstance(trainset, cls):
            return trainset
        user, item = np.array([(u, i) for u, i, _ in trainset.all_ratings()], np.int32).T
        regions = Regions([""], np.zeros((1, 1), np.int32))
        zeros = np.zeros(len(user), np.int32)
        shape = trainset.n_users, trainset.n_items
        return cls(OrderLines(user, item, user, zeros, zeros.astype(np.float64), *shape, regions))

    @cached_property
    def ur(self) -> Ratings:
        """Items of each user with their weights."""
        return _ratings(self.purchase_matrix())

    @cached_property
    def ir(self) -> Ratings:
        """Users of each item with their weights."""
        return _ratings(self.purchase_matrix().T.tocsr())

    def purchase_matrix(self, half_life: float | None = None) -> sparse.csr_matrix:
        """Return float32 (users, items): 1 for a purchase, halved every `half_life` days.

        Only the last purchase of each pair of a user and an item counts: on real sales, including
        the log of the number of purchases in the weight made every algorithm worse.
        """
        lines = self.lines
        user, item = lines.user[self.last_purchases], lines.item[self.last_purchases]
        starts = np.searchsorted(user, np.arange(lines.users + 1))
        weight = np.maximum(self.last_weights(half_life), LEAST_WEIGHT).astype(np.float32)
        return sparse.csr_matrix((weight, item, starts), shape=(lines.users, lines.items))

    @cached_property
    def last_purchases(self) -> NDArray[np.intp]:
        """The last line of each pair of a user and an item, sorted by user, then item."""
        _, last = np.unique(self.lines.user_items[::-1], return_index=True)
        return np.asarray(len(self.lines) - 1 - last)

    def last_weights(self, half_life: float | None) -> NDArray[np.float64]:
        """Return the weight of each of `last_purchases`: 1, halved every `half_life` days."""
        if half_life is None:
            return np.ones(len(self.last_purchases))
        return np.asarray(0.5 ** (self._last_ages / half_life))

    @cached_property
    def _last_ages(self) -> NDArray[np.float64]:
        return self.lines.days_ago[self.last_purchases]

    def frequency_matrix(self, half_life: float | None = None) -> sparse.csr_matrix:
        """Return float32 (users, items): the user's orders with the item.

        Each order counts 1, halved every `half_life` days.
        """
        lines = self.lines
        first = lines.items_of_orders
        weight = np.ones(len(first))
        if half_life is not None:
            weight = np.maximum(0.5 ** (lines.days_ago[first] / half_life), LEAST_WEIGHT)
        pairs = lines.user[first], lines.item[first]
        shape = lines.users, lines.items
        return sparse.csr_matrix((weight.astype(np.float32), pairs), shape=shape)

    def order_matrix(self) -> sparse.csr_matrix:
        """Return float64 (orders, items): 1 where an order contains the item."""
        lines = self.lines
        orders = sparse.csr_matrix(
            (np.ones(len(lines)), (lines.order, lines.item)),
            shape=(int(lines.order.max(initial=-1)) + 1, lines.items),
        )
        orders.data[:] = 1
        return orders


def _ratings(matrix: sparse.csr_matrix) -> Ratings:
    ratings: Ratings = defaultdict(list)
    pairs = matrix.tocoo()
    columns = (pairs.row.tolist(), pairs.col.tolist(), pairs.data.tolist())
    for row, column, weight in zip(*columns, strict=True):
        ratings[row].append((column, weight))
    return ratings
