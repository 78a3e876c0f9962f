"""Scores to try weights on: for each user the best items of every algorithm, standardised.

No other item can come to the top of a blend, or hardly any; so hundreds of blends can be compared
in the time of one ranking of all items.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.base import Algorithm
from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import BLOCK, Exam
from core.recommender.ranking.blend import best, standardised
from core.recommender.ranking.eligibility import Rules

POOLED = 50


@dataclass(frozen=True)
class Pool:
    """For each user the best items of every algorithm: no other can come to the top of a blend."""

    values: dict[str, NDArray[np.float32]]
    """By algorithm: standardised scores (users, pool); -inf for places not used."""
    relevant: NDArray[np.bool_]
    counts: NDArray[np.int32]

    def blended(self, weights: Mapping[str, float]) -> NDArray[np.float32]:
        """The weighted sum of scores."""
        total = np.zeros(self.relevant.shape, np.float32)
        for name, weight in weights.items():
            if weight:
                total += weight * self.values[name]
        return total

    def ndcg(self, blended: NDArray[np.float32]) -> NDArray[np.float64]:
        """NDCG@10 of each user, ranked by these scores."""
        places, _ = best(blended, 10)
        hits = np.take_along_axis(self.relevant, places, axis=1)
        return ranking_metrics.ndcg(hits, self.counts, 10)

    def of(self, users: NDArray[np.bool_]) -> "Pool":
        """Some of the users."""
        values = {name: value[users] for name, value in self.values.items()}
        return Pool(values, self.relevant[users], self.counts[users])


def pool(algorithms: Mapping[str, Algorithm], rules: Rules, exam: Exam) -> Pool:
    """Gather every algorithm's best for each user."""
    blocks = [
        _pooled(algorithms, rules, exam, slice(start, start + BLOCK))
        for start in range(0, len(exam.users), BLOCK)
    ]
    values = {name: np.concatenate([block[0][name] for block in blocks]) for name in algorithms}
    return Pool(values, np.concatenate([block[1] for block in blocks]), exam.counts)


def _pooled(
    algorithms: Mapping[str, Algorithm], rules: Rules, exam: Exam, rows: slice
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_]]:
    users = exam.users[rows]
    open = rules.open(users)
    scores = {name: standardised(one.scores(users), open) for name, one in algorithms.items()}
    tops = [best(np.where(open, one, -np.inf), POOLED)[0] for one in scores.values()]
    items = np.sort(np.concatenate(tops, axis=1), axis=1)
    unused = ~np.take_along_axis(open, items, axis=1)
    unused[:, 1:] |= items[:, 1:] == items[:, :-1]
    values = {name: np.take_along_axis(one, items, axis=1) for name, one in scores.items()}
    for value in values.values():
        value[unused] = -np.inf
    relevant = np.take_along_axis(exam.relevant[rows].toarray() > 0, items, axis=1)
    return values, relevant & ~unused
