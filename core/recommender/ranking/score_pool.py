"""Pooled scores for tuning weights: standardised scores of each user's best items.

The pool has the best items of every algorithm. Other items hardly ever reach the top of a blend, so
hundreds of blends can be compared in the time that one ranking of all items takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.base import Algorithm
from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import BLOCK, HoldoutSet
from core.recommender.ranking.best_items import best
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


def build_pool(
    algorithms: Mapping[str, Algorithm], eligibility: Eligibility, holdout: HoldoutSet
) -> ScorePool:
    """Gather the best items of every algorithm for each user."""
    blocks = [
        _pool_block(algorithms, eligibility, holdout, slice(start, start + BLOCK))
        for start in range(0, len(holdout.users), BLOCK)
    ]
    values = {name: np.concatenate([block[0][name] for block in blocks]) for name in algorithms}
    return ScorePool(values, np.concatenate([block[1] for block in blocks]), holdout.counts)


def _pool_block(
    algorithms: Mapping[str, Algorithm], eligibility: Eligibility, holdout: HoldoutSet, rows: slice
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_]]:
    users = holdout.users[rows]
    eligible = eligibility.mask(users)
    mask = eligible.astype(np.float32)
    scores = {
        name: standardize(algorithm.scores(users), mask) for name, algorithm in algorithms.items()
    }
    tops = [best(np.where(eligible, score, -np.inf), POOL_DEPTH)[0] for score in scores.values()]
    items = np.sort(np.concatenate(tops, axis=1), axis=1)
    unused = ~np.take_along_axis(eligible, items, axis=1)
    unused[:, 1:] |= items[:, 1:] == items[:, :-1]
    values = {name: np.take_along_axis(score, items, axis=1) for name, score in scores.items()}
    for value in values.values():
        value[unused] = -np.inf
    relevant = np.take_along_axis(holdout.relevant[rows].toarray() > 0, items, axis=1)
    return values, relevant & ~unused
