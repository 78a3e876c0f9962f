"""Several algorithms' scores as one: how far an item stands out in each, weighed and summed.

The weights are found in `tuning`. An algorithm without a weight is never asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Algorithm, Scores, Users
from core.recommender.ranking.eligibility import Rules

GROUP = 32
TAKEN = np.float32(1e30)  # above every score
PARENTS = 5  # warm items that a cold one inherits from
FLAT = 1e-5  # a spread below this share of the mean is the rounding of equal scores


@dataclass(frozen=True)
class Weights:
    """What each algorithm counts for, by name."""

    usual: dict[str, float]
    thin: dict[str, float]
    """The same for users who bought little."""
    cold: float = 0.0
    """What share of its look-alikes' score a cold item takes; 0 leaves cold items as they are."""

    def asks(self, name: str) -> bool:
        """Whether an algorithm counts for anybody."""
        return bool(self.usual.get(name) or self.thin.get(name))


@dataclass(frozen=True)
class ColdItems:
    """Items with too few sales to be known by them, and the items that look like them."""

    items: NDArray[np.intp]
    heirs: sparse.csr_matrix
    """(all items, cold items): each column a mean over the few warm items most like it."""


@dataclass(frozen=True)
class Blend:
    """A ranking of all items for any block of users."""

    algorithms: Mapping[str, Algorithm]
    weights: Weights
    rules: Rules
    thin: NDArray[np.bool_]
    """(users,): who counts as thin."""
    cold: ColdItems | None = None
    explored: float = 0.0
    """The share of a list that cold items have at least, if they are shown at all."""

    def scores(self, users: Users) -> Scores:
        """(n, items): standard deviations above the ordinary item, a weighted mean over algorithms.

        -inf where an item is not open to the user.
        """
        open = self.rules.open(users)
        total = np.zeros(open.shape, np.float32)
        for name, algorithm in self.algorithms.items():
            share = self._share(name, users)
            if share.any():
                total += share[:, None] * standardised(algorithm.scores(users), open)
        if self.cold is not None and self.weights.cold:
            inherited = self.weights.cold * (total @ self.cold.heirs)
            total[:, self.cold.items] = np.maximum(total[:, self.cold.items], inherited)
        total[~open] = -np.inf
        return total

    def top(self, users: Users, length: int) -> tuple[NDArray[np.intp], Scores]:
        """The best items and their scores, (n, length) each; -inf where there are no more."""
        scores = self.scores(users)
        places = round(self.explored * length)
        if self.cold is None or not self.weights.cold or not places or not len(self.cold.items):
            return best(scores, length)
        return with_cold(scores, self.cold.items, length, places)

    def _share(self, name: str, users: Users) -> NDArray[np.float32]:
        usual, thin = self.weights.usual.get(name, 0.0), self.weights.thin.get(name, 0.0)
        return np.where(self.thin[users], thin, usual).astype(np.float32)


def standardised(scores: Scores, open: NDArray[np.bool_]) -> Scores:
    """Each user's scores less their mean over open items, divided by their standard deviation.

    Where all open items score the same, nothing stands out: all are 0.
    """
    counted = open.astype(np.float32)
    number = np.maximum(counted.sum(axis=1), 1)
    mean = np.einsum("ui,ui->u", scores, counted) / number
    centred = scores - mean[:, None]
    spread = np.sqrt(np.einsum("ui,ui,ui->u", centred, centred, counted) / number)
    stands_out = spread > FLAT * np.abs(mean)
    centred *= np.divide(1, spread, out=np.zeros_like(spread), where=stands_out)[:, None]
    return np.asarray(centred)


def best(scores: Scores, length: int) -> tuple[NDArray[np.intp], Scores]:
    """The items with the highest scores, best first; of equal ones the lower number."""
    length = min(length, scores.shape[1])
    items = np.sort(_highest(scores, length), axis=1)
    found = np.take_along_axis(scores, items, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    return np.take_along_axis(items, order, axis=1), np.take_along_axis(found, order, axis=1)


def with_cold(
    scores: Scores, cold: NDArray[np.intp], length: int, places: int
) -> tuple[NDArray[np.intp], Scores]:
    """The best, of which so many at least are cold, as long as there are any; best first."""
    raised = scores.copy()
    first, _ = best(scores, length - places)
    own, _ = best(scores[:, cold], places)
    row = np.arange(len(scores))[:, None]
    raised[row, cold[own]] = np.where(np.isneginf(scores[row, cold[own]]), -np.inf, TAKEN)
    raised[row, first] = np.where(np.isneginf(scores[row, first]), -np.inf, TAKEN)
    items, _ = best(raised, length)
    order = np.argsort(-scores[row, items], axis=1, kind="stable")
    items = np.take_along_axis(items, order, axis=1)
    return items, scores[row, items]


def _highest(scores: Scores, length: int) -> NDArray[np.intp]:
    """Of many items, the best are in the groups with the best leaders: a tenth of the time."""
    users, items = scores.shape
    if items < 4 * GROUP * length:
        return np.asarray(np.argpartition(-scores, length - 1, axis=1)[:, :length])
    grouped = items // GROUP * GROUP
    leaders = scores[:, :grouped].reshape(users, -1, GROUP).max(axis=2)
    groups = np.argpartition(-leaders, length - 1, axis=1)[:, :length]
    members = (groups[:, :, None] * GROUP + np.arange(GROUP)).reshape(users, -1)
    rest = np.tile(np.arange(grouped, items), (users, 1))
    candidates = np.concatenate([members, rest], axis=1)
    worth = np.take_along_axis(scores, candidates, axis=1)
    places = np.argpartition(-worth, length - 1, axis=1)[:, :length]
    return np.take_along_axis(candidates, places, axis=1)


def cold_items(
    likeness: sparse.csr_matrix, sales: NDArray[np.integer], cold_below: int
) -> ColdItems:
    """Items with fewer than `cold_below` sales, heirs of the warm items they look like."""
    cold = sales < cold_below
    items = np.flatnonzero(cold)
    near = likeness[items].tocoo()
    warm = ~cold[near.col]
    cell, look, value = near.row[warm], near.col[warm], near.data[warm].astype(np.float64)
    order = np.lexsort((-value, cell))
    rank = np.arange(len(order)) - np.searchsorted(cell[order], cell[order])
    kept = order[rank < PARENTS]
    totals = np.bincount(cell[kept], value[kept], minlength=len(items))
    share = (value[kept] / np.maximum(totals[cell[kept]], np.finfo(float).tiny)).astype(np.float32)
    heirs = sparse.csr_matrix((share, (look[kept], cell[kept])), shape=(len(sales), len(items)))
    return ColdItems(items, heirs)
