"""Pooled scores for fitting weights: standardised scores of each user's best items.

The pool has the best items of every algorithm. Other items hardly ever reach the top of a blend, so
hundreds of blends can be compared in the time that one ranking of all items takes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.base import Algorithm
from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import HoldoutSet
from core.recommender.ranking.best_items import best, block_size, unsorted_best
from core.recommender.ranking.blend import standardize
from core.recommender.ranking.eligibility import Eligibility

POOL_DEPTH = 50


@dataclass(frozen=True)
class ScorePool:
    """The pooled items of each user of a hold-out set."""

    values: dict[str, NDArray[np.float32]]
    """Standardised scores (users, pool) by algorithm; -inf in unused positions."""
    relevant: NDArray[np.bool_]
    counts: NDArray[np.int32]

    def blend(self, weights: Mapping[str, float]) -> NDArray[np.float32]:
        """Return the weighted sum of scores."""
        total = np.zeros(self.relevant.shape, np.float32)
        for name, weight in weights.items():
            if weight:
                total += weight * self.values[name]
        return total

    def ndcg(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the NDCG@10 of each user if items are ranked by these scores."""
        positions, _ = best(scores, 10)
        hits = np.take_along_axis(self.relevant, positions, axis=1)
        return ranking_metrics.ndcg(hits, self.counts, 10)

    def select(self, users: NDArray[np.bool_]) -> "ScorePool":
        """Return the pool of the users that a mask selects."""
        values = {name: value[users] for name, value in self.values.items()}
        return ScorePool(values, self.relevant[users], self.counts[users])

    def narrow(self, names: Sequence[str]) -> "ScorePool":
        """Return the pool of some of the algorithms: those items that are among their best."""
        depth = min(POOL_DEPTH, self.relevant.shape[1])
        is_best = np.zeros(self.relevant.shape, bool)
        for name in names:
            np.put_along_axis(is_best, unsorted_best(self.values[name], depth), True, axis=1)
        is_best &= ~np.isneginf(self.values[names[0]])
        width = int(is_best.sum(axis=1).max(initial=0))
        order = np.argsort(~is_best, axis=1, kind="stable")[:, :width]
        used = np.take_along_axis(is_best, order, axis=1)
        values = {
            name: np.where(used, np.take_along_axis(self.values[name], order, axis=1), -np.inf)
            for name in names
        }
        relevant = np.take_along_axis(self.relevant, order, axis=1) & used
        return ScorePool(values, relevant, self.counts)


def build_pool(
    algorithms: Mapping[str, Algorithm], eligibility: Eligibility, holdout: HoldoutSet
) -> ScorePool:
    """Gather the best items of every algorithm for each user."""
    size = block_size(len(eligibility.allowed))
    blocks = [
        _pool_block(algorithms, eligibility, holdout, slice(start, start + size))
        for start in range(0, len(holdout.users), size)
    ]
    width = max(relevant.shape[1] for _, relevant in blocks)
    values = {
        name: np.concatenate([_widen(block[0][name], width, -np.inf) for block in blocks])
        for name in algorithms
    }
    relevant = np.concatenate([_widen(block[1], width, False) for block in blocks])
    return ScorePool(values, relevant, holdout.counts)


def _widen(rows: NDArray[Any], width: int, filler: float | bool) -> NDArray[Any]:
    return np.pad(rows, ((0, 0), (0, width - rows.shape[1])), constant_values=filler)


def _pool_block(
    algorithms: Mapping[str, Algorithm], eligibility: Eligibility, holdout: HoldoutSet, rows: slice
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_]]:
    users = holdout.users[rows]
    eligible = eligibility.mask(users)
    mask = eligible.astype(np.float32)
    scores = {
        name: standardize(algorithm.scores(users), mask) for name, algorithm in algorithms.items()
    }
    depth = min(POOL_DEPTH, eligible.shape[1])
    tops = [unsorted_best(np.where(eligible, row, -np.inf), depth) for row in scores.values()]
    items = _union(tops, eligible)
    unused = items < 0
    values = {
        name: np.where(unused, -np.inf, np.take_along_axis(score, items, axis=1))
        for name, score in scores.items()
    }
    relevant = np.take_along_axis(holdout.relevant[rows].toarray() > 0, items, axis=1)
    return values, relevant & ~unused


def _union(tops: Sequence[NDArray[np.intp]], eligible: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the eligible items of all lists, each once: (users, width); -1 in unused positions."""
    is_top = np.zeros(eligible.shape, bool)
    for top in tops:
        np.put_along_axis(is_top, top, True, axis=1)
    is_top &= eligible
    user, item = np.nonzero(is_top)
    place = np.arange(len(user)) - np.searchsorted(user, user)
    items = np.full((len(eligible), int(place.max(initial=0)) + 1), -1)
    items[user, place] = item
    return items
