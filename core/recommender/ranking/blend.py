"""The blend: a weighted sum of the standardised scores of several algorithms.

`choosing` chooses the weights. An algorithm without a weight is never evaluated.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Algorithm, Users
from core.recommender.algorithms.score_block import MIN_RELATIVE_SPREAD, Scores
from core.recommender.ranking.best_items import best
from core.recommender.ranking.eligibility import Eligibility
from core.recommender.training_report import BlendWeights

FORCED_SCORE = np.float32(1e30)  # higher than any real score
PARENTS = 5  # warm items that a cold item inherits from


@dataclass(frozen=True)
class ColdItems:
    """Items with too few sales to learn from, and the warm items that they look like."""

    items: NDArray[np.intp]
    cold_start_weights: sparse.csr_matrix
    """(all items, cold items): each column holds the shares of the most similar warm items."""


@dataclass(frozen=True)
class Blend:
    """Ranks all items for any block of users."""

    algorithms: Mapping[str, Algorithm]
    weights: BlendWeights
    eligibility: Eligibility
    cold_items: ColdItems | None = None
    exploration_share: float = 0.0
    """Least share of cold items in a list, if their weight is not 0."""

    def scores(self, users: Users) -> Scores:
        """Return (n, items): the weighted sum of z-scores, -inf for items that are not eligible."""
        eligible = self.eligibility.of(users)
        total, means = np.zeros(eligible.mask.shape, np.float32), np.zeros(len(users))
        for name, algorithm in self.algorithms.items():
            if weight := self.weights.algorithms.get(name):
                block = algorithm.score_block(users)
                moments = block.moments(eligible)
                factors = np.float32(weight) * moments.scale
                block.add_to(total, factors)
                means += factors * moments.mean
        total -= means[:, None].astype(np.float32)
        cold = self.cold_items
        if cold is not None and self.weights.cold:
            inherited = self.weights.cold * (total @ cold.cold_start_weights)
            total[:, cold.items] = np.maximum(total[:, cold.items], inherited)
        eligible.exclude(total)
        return total

    def top(self, users: Users, length: int, spare: int = 0) -> tuple[NDArray[np.intp], Scores]:
        """Return the best items and their scores, (n, length + spare) each; -inf if too few.

        The spare items are the best of those that are not among the first `length`.
        """
        scores = self.scores(users)
        self.eligibility.limit_repeats(scores, users, length)
        cold, reserved = self.cold_items, round(self.exploration_share * length)
        if cold is None or not self.weights.cold or not reserved or not len(cold.items):
            return best(scores, length + spare)
        items, top_scores = best_with_cold(scores, cold.items, length, reserved)
        if not (spare := min(spare, scores.shape[1] - items.shape[1])):
            return items, top_scores
        np.put_along_axis(scores, items, -np.inf, axis=1)
        spare_items, spare_scores = best(scores, spare)
        return np.hstack([items, spare_items]), np.hstack([top_scores, spare_scores])


def standardize(scores: Scores, eligible: NDArray[np.bool_] | NDArray[np.float32]) -> Scores:
    """Return z-scores by each user's mean and standard deviation over the eligible items.

    All are 0 if the scores of the eligible items are equal. The scores are overwritten.

    Args:
        scores: (users, items).
        eligible: (users, items); as float32 (0 or 1), it need not be converted.
    """
    mask = eligible.astype(np.float32, copy=False)
    count = np.maximum(mask.sum(axis=1), 1)
    mean = np.einsum("ui,ui->u", scores, mask) / count
    scores -= mean[:, None]
    spread = np.sqrt(np.einsum("ui,ui,ui->u", scores, scores, mask) / count)
    varies = spread > MIN_RELATIVE_SPREAD * np.abs(mean)
    scores *= np.divide(1, spread, out=np.zeros_like(spread), where=varies)[:, None]
    return scores


def best_with_cold(
    scores: Scores, cold: NDArray[np.intp], length: int, reserved: int
) -> tuple[NDArray[np.intp], Scores]:
    """Return the best items, best first; at least `reserved` are cold, if that many exist."""
    forced = scores.copy()
    first, _ = best(scores, length - reserved)
    best_cold, _ = best(scores[:, cold], reserved)
    row = np.arange(len(scores))[:, None]
    for items in (cold[best_cold], first):
        forced[row, items] = np.where(np.isneginf(scores[row, items]), -np.inf, FORCED_SCORE)
    items, _ = best(forced, length)
    order = np.argsort(-scores[row, items], axis=1, kind="stable")
    items = np.take_along_axis(items, order, axis=1)
    return items, scores[row, items]


def find_cold_items(
    similarity: sparse.csr_matrix, sales: NDArray[np.integer], cold_below: int
) -> ColdItems:
    """Find items with fewer than `cold_below` sales, and the warm items whose scores they inherit.

    `similarity` (items, items) is visual; `sales` (items,) counts order lines.
    """
    is_cold = sales < cold_below
    items = np.flatnonzero(is_cold)
    pairs = similarity[items].tocoo()
    warm = ~is_cold[pairs.col]
    child, parent = pairs.row[warm], pairs.col[warm]
    value = pairs.data[warm].astype(np.float64)
    order = np.lexsort((-value, child))
    rank = np.arange(len(order)) - np.searchsorted(child[order], child[order])
    rows = order[rank < PARENTS]
    child, parent, value = child[rows], parent[rows], value[rows]
    totals = np.bincount(child, value, minlength=len(items))
    share = (value / np.maximum(totals[child], np.finfo(float).tiny)).astype(np.float32)
    weights = sparse.csr_matrix((share, (parent, child)), shape=(len(sales), len(items)))
    return ColdItems(items, weights)
