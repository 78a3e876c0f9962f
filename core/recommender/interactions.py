"""Purchases as Surprise's training set: what a user bought, weighted by how long ago.

Surprise keeps a training set in dicts of lists. Here they are made only for those algorithms of
Surprise that ask for them: a million order lines fit better into a sparse matrix.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Self

import numpy as np
from scipy import sparse
from surprise import Trainset

from core.recommender.purchases import Lines, Regions

Rated = defaultdict[int, list[tuple[int, float]]]


class Interactions(Trainset):  # type: ignore[misc]
    """Order lines as a `surprise.Trainset`; raw and inner ids are the same numbers."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        matrix = self.weighted()
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
        del self.ur, self.ir  # made when asked for, see below

    @classmethod
    def of(cls, trainset: Trainset) -> Self:
        """Any training set of Surprise: each of its ratings is a purchase, whatever the stars."""
        if isinstance(trainset, cls):
            return trainset
        user, item = np.array([(u, i) for u, i, _ in trainset.all_ratings()], np.int32).T
        nowhere = Regions([""], np.zeros((1, 1), np.int32))
        none = np.zeros(len(user), np.int32)
        shape = trainset.n_users, trainset.n_items
        return cls(Lines(user, item, user, none, none.astype(np.float64), *shape, nowhere))

    @cached_property
    def ur(self) -> Rated:
        """Each user's items with their weights."""
        return self._rated(self.weighted())

    @cached_property
    def ir(self) -> Rated:
        """Each item's users with their weights."""
        return self._rated(self.weighted().T.tocsr())

    def all_ratings(self) -> Iterator[tuple[int, int, float]]:
        """Yield user, item and weight."""
        pairs = self.weighted().tocoo()
        yield from zip(pairs.row.tolist(), pairs.col.tolist(), pairs.data.tolist(), strict=True)

    def weighted(self, half_life: float | None = None) -> sparse.csr_matrix:
        """float32 (users, items): 1 for what was bought just now, half of it each `half_life` days.

        A pair's last purchase counts. How often it was bought does not: on real sales, its log in
        the weight made every algorithm worse.
        """
        lines = self.lines
        pairs = lines.user.astype(np.int64) * lines.items + lines.item
        pair, back = np.unique(pairs[::-1], return_index=True)
        age = lines.days_ago[::-1][back]
        worth = np.ones(len(pair)) if half_life is None else 0.5 ** (age / half_life)
        user, item = np.divmod(pair, lines.items)
        return sparse.csr_matrix(
            (worth.astype(np.float32), (user, item)), shape=(lines.users, lines.items)
        )

    def orders(self) -> sparse.csr_matrix:
        """float64 (orders, items): 1 where an order holds the item."""
        lines = self.lines
        orders = sparse.csr_matrix(
            (np.ones(len(lines)), (lines.order, lines.item)),
            shape=(int(lines.order.max(initial=-1)) + 1, lines.items),
        )
        orders.data[:] = 1
        return orders

    @staticmethod
    def _rated(matrix: sparse.csr_matrix) -> Rated:
        rated: Rated = defaultdict(list)
        pairs = matrix.tocoo()
        for row, column, weight in zip(
            pairs.row.tolist(), pairs.col.tolist(), pairs.data.tolist(), strict=True
        ):
            rated[row].append((column, weight))
        return rated
