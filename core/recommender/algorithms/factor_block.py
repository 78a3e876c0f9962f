"""Scores of a block of users that are dot products of two vectors.

Their moments follow from those of the items' vectors, so no pass over all scores is needed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.score_block import (
    AllowedItems,
    EligibleItems,
    Moments,
    Pairs,
    Scores,
)

Vectors = NDArray[np.float32]


class ItemFactors:
    """The vectors of all items, (items, factors)."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self._allowed: AllowedItems | None = None
        self._sums = np.empty(0), np.empty((0, 0))

    def sums(self, allowed: AllowedItems) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return sums over the allowed items: of vectors (factors,), and of their outer products.

        The second is (factors, factors).
        """
        if self._allowed is not allowed:
            vectors = self.vectors[allowed.mask].astype(np.float64)
            self._sums = vectors.sum(axis=0), vectors.T @ vectors
            self._allowed = allowed
        return self._sums


@dataclass(frozen=True)
class FactorBlock:
    """Dot products of the vectors of users (users, factors) and of all items."""

    users: Vectors
    items: ItemFactors

    def toarray(self) -> Scores:
        """Return the scores as a new array."""
        return self.users @ self.items.vectors.T

    def moments(self, eligible: EligibleItems) -> Moments:
        """Return the moments, from those of all allowed items less the excluded ones."""
        users, excluded = self.users.astype(np.float64), self._at(eligible.excluded)
        vector_sum, product_sum = self.items.sums(eligible.allowed)
        total = users @ vector_sum - eligible.per_user(excluded)
        squares = np.vecdot(users @ product_sum, users) - eligible.per_user(excluded**2)
        mean, square = total / eligible.counts, squares / eligible.counts
        return Moments(mean, np.sqrt(np.maximum(square - mean**2, 0)))

    def add_to(self, total: Scores, factors: NDArray[np.float32]) -> None:
        """Add the scores, times the factor of each user, to `total`."""
        total += (self.users * factors[:, None]) @ self.items.vectors.T

    def _at(self, pairs: Pairs) -> NDArray[np.float64]:
        """Return the scores of pairs of a user of the block and an item."""
        row, item = pairs
        products = np.vecdot(self.users[row], self.items.vectors[item])
        return np.asarray(products, np.float64)
