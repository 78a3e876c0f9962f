"""Fits the weights of a blend to what customers bought, and shrinks them to usual weights.

The objective is smooth, unlike NDCG: draw one item of a user's pool with probabilities proportional
to exp(score); it is the probability that the user bought that item, summed over all users. A search
over NDCG follows the chance of single hits; on 16 sets of sales, it ended in worse blends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.recommender.ranking.score_pool import ScorePool

SHRINKAGE = 7.5
"""In users: how strongly the usual weights hold. Half as much or twice as much ranks as well."""
MAX_STEPS = 60
_START = 1e-2  # a weight of exactly 0 may be a saddle point


@dataclass(frozen=True)
class WeightedPool:
    """A pool whose users count less or more than others."""

    pool: ScorePool
    user_weight: float = 1.0


@dataclass(frozen=True)
class _Candidates:
    """The pooled items of those users who bought any of them."""

    scores: NDArray[np.float32]
    """(users, pool, algorithms)"""
    unused: NDArray[np.bool_]
    """(users, pool): positions without an item."""
    relevant: NDArray[np.bool_]
    """(users, pool)"""
    user_weight: float


def fit_weights(
    pools: Sequence[WeightedPool],
    names: Sequence[str],
    usual: Mapping[str, float],
    shrinkage: float = SHRINKAGE,
) -> dict[str, float]:
    """Return the weight of each algorithm, at least 0.

    Args:
        names: the algorithms; every pool has their scores.
        usual: weights that the result is shrunk to; other algorithms are shrunk to 0.
    """
    candidates = [_select(weighted, names) for weighted in pools]
    prior = np.array([usual.get(name, 0.0) for name in names])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        parts = [_expected_hits(part, weights) for part in candidates]
        hits = sum(value for value, _ in parts)
        slope = sum((gradient for _, gradient in parts), np.zeros(len(names)))
        distance = weights - prior
        return shrinkage / 2 * float(distance @ distance) - hits, shrinkage * distance - slope

    bounds = [(0, None)] * len(names)
    options = {"maxiter": MAX_STEPS}
    solution = minimize(
        loss, prior + _START, jac=True, method="L-BFGS-B", bounds=bounds, options=options
    )
    return dict(zip(names, solution.x.tolist(), strict=True))


def _select(weighted: WeightedPool, names: Sequence[str]) -> _Candidates:
    pool = weighted.pool
    users = pool.relevant.any(axis=1)
    scores = np.stack([pool.values[name][users] for name in names], axis=-1)
    unused = np.isneginf(scores[..., 0])
    scores[unused] = 0
    return _Candidates(scores, unused, pool.relevant[users], weighted.user_weight)


def _expected_hits(
    part: _Candidates, weights: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Return the expected hits of one draw per user, and their gradient by the weights."""
    logits = part.scores @ weights.astype(np.float32)
    logits[part.unused] = -np.inf
    logits -= logits.max(axis=1, keepdims=True)
    share = np.exp(logits)
    share /= share.sum(axis=1, keepdims=True)
    hit = share * part.relevant
    precision = hit.sum(axis=1)
    slope = hit - share * precision[:, None]
    gradient = np.einsum("up,upa->a", slope, part.scores, optimize=True)
    value = float(precision.sum(dtype=np.float64))
    return part.user_weight * value, part.user_weight * gradient.astype(np.float64)
