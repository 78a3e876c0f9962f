"""Scores of few items for each user of a block, added to scores that several users share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.dense_block import DenseBlock
from core.recommender.algorithms.score_block import (
    AllowedItems,
    EligibleItems,
    Moments,
    Pairs,
    ScoreBlock,
    Scores,
)

SPARSE_FROM = 8_000  # items; fewer take less time in a matrix


class SharedRows:
    """Scores of all items (rows, items) that several users share, times a factor of each user."""

    def __init__(self, rows: Scores) -> None:
        self.rows = rows
        self._allowed: AllowedItems | None = None
        self._sums = np.empty((2, 0))

    def sums(self, allowed: AllowedItems) -> NDArray[np.float64]:
        """Return (2, rows): sums of the allowed items' scores, and of their squares."""
        if self._allowed is not allowed:
            values = [row[allowed.mask].astype(np.float64) for row in self.rows]
            self._sums = np.array([[row.sum(), row @ row] for row in values]).T
            self._allowed = allowed
        return self._sums


@dataclass(frozen=True)
class SharedScores:
    """The row of shared scores of each user of a block, and its factor."""

    shared: SharedRows
    row: NDArray[np.intp]
    """(users,)"""
    factor: NDArray[np.float32]
    """(users,)"""

    def at(self, pairs: Pairs) -> NDArray[np.float64]:
        """Return the scores of pairs of a user of the block and an item."""
        user, item = pairs
        scores = self.shared.rows[self.row[user], item].astype(np.float64)
        return np.asarray(self.factor[user] * scores)

    def sums(self, allowed: AllowedItems) -> NDArray[np.float64]:
        """Return (2, users): sums of the allowed items' scores, and of their squares."""
        factor = self.factor.astype(np.float64)
        return self.shared.sums(allowed)[:, self.row] * [factor, factor**2]

    def add_to(self, total: Scores, factors: NDArray[np.float32]) -> None:
        """Add the scores, times the factor of each user, to `total`."""
        for user, (row, factor) in enumerate(zip(self.row, factors * self.factor, strict=True)):
            total[user] += self.shared.rows[row] * factor


@dataclass(frozen=True)
class SparseBlock:
    """Scores of few items for each user, added to shared scores, if there are any."""

    matrix: sparse.csr_matrix
    """(users, items), without duplicates"""
    shared: SharedScores | None = None

    def toarray(self) -> Scores:
        """Return the scores as a new array."""
        total = np.zeros(self.matrix.shape, np.float32)
        self.add_to(total, np.ones(len(total), np.float32))
        return total

    def moments(self, eligible: EligibleItems) -> Moments:
        """Return the moments, from the sums of the shared scores and what the others change."""
        user, item = self._pairs()
        value = self.matrix.data * eligible.mask[user, item].astype(np.float64)
        squares = value**2
        sums = np.zeros((2, self.matrix.shape[0]))
        if shared := self.shared:
            squares += 2 * shared.at((user, item)) * value
            excluded = shared.at(eligible.excluded)
            sums = shared.sums(eligible.allowed)
            sums -= [eligible.per_user(excluded), eligible.per_user(excluded**2)]
        sums += [np.bincount(user, part, minlength=len(sums[0])) for part in (value, squares)]
        mean, square = sums / eligible.counts
        return Moments(mean, np.sqrt(np.maximum(square - mean**2, 0)))

    def add_to(self, total: Scores, factors: NDArray[np.float32]) -> None:
        """Add the scores, times the factor of each user, to `total`."""
        if self.shared:
            self.shared.add_to(total, factors)
        user, item = self._pairs()
        total[user, item] += factors[user] * self.matrix.data

    def _pairs(self) -> Pairs:
        sizes = np.diff(self.matrix.indptr)
        return np.repeat(np.arange(len(sizes)), sizes), self.matrix.indices


def to_block(matrix: sparse.csr_matrix | Scores) -> ScoreBlock:
    """Return a block of scores (users, items), which may be sparse."""
    if isinstance(matrix, np.ndarray):
        return DenseBlock(matrix.astype(np.float32, copy=False))
    if matrix.shape[1] < SPARSE_FROM:
        return DenseBlock(np.asarray(matrix.toarray(), np.float32))
    return SparseBlock(matrix)
