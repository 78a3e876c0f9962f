"""Scores of a block of users in a matrix."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.score_block import EligibleItems, Moments, Pairs, Scores


class Columns:
    """The items that have scores, in the order of the scores."""

    def __init__(self, numbers: NDArray[np.intp], items: int) -> None:
        self.numbers = numbers
        self.place = np.full(items, -1)
        """(items,): the column of the item, or -1."""
        self.place[numbers] = np.arange(len(numbers))


@dataclass(frozen=True)
class DenseBlock:
    """Scores of all items or of some of them; the others score 0."""

    values: Scores
    """(users, columns)"""
    columns: Columns | None = None
    """None: all items."""

    def toarray(self) -> Scores:
        """Return the scores as a new array."""
        if self.columns is None:
            return self.values.copy()
        scores = np.zeros((len(self.values), len(self.columns.place)), np.float32)
        scores[:, self.columns.numbers] = self.values
        return scores

    def moments(self, eligible: EligibleItems) -> Moments:
        """Return the moments; they are of differences, since the spread may be small."""
        allowed, excluded = eligible.allowed.mask, self._at(eligible.excluded)
        if self.columns:
            allowed = allowed[self.columns.numbers]
        weights = allowed.astype(np.float32)
        count, scored = eligible.counts, np.count_nonzero(allowed)
        mean = (np.vecdot(self.values, weights) - eligible.per_user(excluded)) / count
        rows = self.values - mean[:, None].astype(np.float32)
        if scored < len(allowed):
            rows *= weights
        excluded -= mean[eligible.excluded[0]]
        squares = np.vecdot(rows, rows) - eligible.per_user(excluded**2)
        squares += (eligible.allowed.count - scored) * mean**2
        return Moments(mean, np.sqrt(np.maximum(squares, 0) / count))

    def add_to(self, total: Scores, factors: NDArray[np.float32]) -> None:
        """Add the scores, times the factor of each user, to `total`; the values are overwritten."""
        np.multiply(self.values, factors[:, None], out=self.values)
        if self.columns is None:
            total += self.values
        else:
            total[:, self.columns.numbers] += self.values

    def _at(self, pairs: Pairs) -> NDArray[np.float64]:
        row, item = pairs
        if self.columns is None:
            return self.values[row, item].astype(np.float64)
        place = self.columns.place[item]
        values, is_scored = np.zeros(len(item)), place >= 0
        values[is_scored] = self.values[row[is_scored], place[is_scored]]
        return values
