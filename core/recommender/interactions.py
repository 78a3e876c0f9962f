"""Purchases as a Surprise training set: what each user bought, weighted by age.

Surprise keeps a training set in dicts of lists. Here they are built lazily, only for those
algorithms of Surprise that read them: a million order lines fit better into a sparse matrix.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Self

import numpy as np
from scipy import sparse
from surprise import Trainset

from core.recommender.order_line_arrays import OrderLines, Regions

Ratings = defaultdict[int, list[tuple[int, float]]]


class Interactions(Trainset):  # type: ignore[misc]
    """Order lines as a `surprise.Trainset`; raw and inner ids are the same numbers."""

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
        del self.ur, self.ir  # the cached properties below take their place

    @classmethod
    def from_trainset(cls, trainset: Trainset) -> Self:
        """Convert any Surprise training set: each rating counts as a purchase, whatever its value.

        Times, orders and regions are unknown then.
        """
        if isinstance(trainset, cls):
            return trainset
        user, item = np.array([(u, i) for u, i, _ in trainset.all_ratings()], np.int32).T
        regions = Regions([""], np.zeros((1, 1), np.int32))
        zeros = np.zeros(len(user), np.int32)
        shape = trainset.n_users, trainset.n_items
        return cls(OrderLines(user, item, user, zeros, zeros.astype(np.float64), *shape, regions))

    @cached_property
    def ur(self) -> Ratings:
        """Each user's items with their weights."""
        return _ratings(self.purchase_matrix())

    @cached_property
    def ir(self) -> Ratings:
        """Each item's users with their weights."""
        return _ratings(self.purchase_matrix().T.tocsr())

    def all_ratings(self) -> Iterator[tuple[int, int, float]]:
        """Yield user, item and weight."""
        return _entries(self.purchase_matrix())

    def purchase_matrix(self, half_life: float | None = None) -> sparse.csr_matrix:
        """Return float32 (users, items): 1 for a purchase of now, halved every `half_life` days.

        A pair's last purchase counts. The number of purchases does not: on real sales, its log in
        the weight made every algorithm worse.
        """
        lines = self.lines
        pairs = lines.user.astype(np.int64) * lines.items + lines.item
        pair, last = np.unique(pairs[::-1], return_index=True)
        age = lines.days_ago[::-1][last]
        weight = np.ones(len(pair)) if half_life is None else 0.5 ** (age / half_life)
        user, item = np.divmod(pair, lines.items)
        return sparse.csr_matrix(
            (weight.astype(np.float32), (user, item)), shape=(lines.users, lines.items)
        )

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
    for row, column, weight in _entries(matrix):
        ratings[row].append((column, weight))
    return ratings


def _entries(matrix: sparse.csr_matrix) -> Iterator[tuple[int, int, float]]:
    pairs = matrix.tocoo()
    return zip(pairs.row.tolist(), pairs.col.tolist(), pairs.data.tolist(), strict=True)
