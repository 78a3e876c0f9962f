"""Folds: held-out purchases, and how all variants that are fitted to the rest rank them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.base import Algorithm
from core.recommender.candidates import Variant
from core.recommender.evaluation.holdout_metrics import Holdout
from core.recommender.evaluation.paired import paired_difference
from core.recommender.ranking.score_pool import ScorePool, build_pool


@dataclass(frozen=True)
class Fold:
    """What the users of a hold-out bought, and the scores of all variants."""

    sales: str
    """Which purchases are held out, in words."""
    pool: ScorePool
    """Scores by the variant's name."""
    ndcg: Mapping[str, NDArray[np.float64]]
    """NDCG@10 of each user, by the variant's name."""
    user_weight: float = 1.0
    """How much a user counts in choices over several folds."""

    @property
    def users(self) -> int:
        """Number of users."""
        return len(self.pool.counts)

    def select(self, sales: str, users: NDArray[np.bool_]) -> "Fold":
        """Return the fold of the users that a mask selects."""
        ndcg = {name: values[users] for name, values in self.ndcg.items()}
        return replace(self, sales=sales, pool=self.pool.select(users), ndcg=ndcg)


@dataclass(frozen=True)
class FittedFold:
    """A fold with its hold-out and the algorithms, which take up much memory."""

    holdout: Holdout
    fold: Fold
    algorithms: Mapping[str, Algorithm]
    """By the variant's name."""

    def by_family(self, variants: Mapping[str, Variant]) -> dict[str, Algorithm]:
        """Return the algorithms of some variants, by the family."""
        return {family: self.algorithms[str(variant)] for family, variant in variants.items()}


def build_fold(
    sales: str,
    holdout: Holdout,
    variants: Iterable[Variant],
    progress: Callable[[str], None],
) -> FittedFold:
    """Fit all variants to the window, and score the items of the returning users."""
    window, algorithms = holdout.window, {}
    for variant in variants:
        algorithms[str(variant)] = variant.create().fit(window.interactions)
        progress(f"fitted {variant}")
    pool = build_pool(algorithms, window.eligibility, holdout.returning)
    ndcg = {name: pool.ndcg(scores) for name, scores in pool.values.items()}
    for name, values in ndcg.items():
        progress(f"{name} NDCG@10 {values.mean():.4f}")
    return FittedFold(holdout, Fold(sales, pool, ndcg), algorithms)


def drop_hopeless(variants: Iterable[Variant], folds: Sequence[Fold]) -> list[Variant]:
    """Return the variants without those that are clearly worse than the best of their family.

    A variant that is missing in a fold was dropped there.
    """
    tried = [row for row in variants if all(str(row) in fold.ndcg for fold in folds)]
    if not folds:
        return tried
    ndcg = {name: np.concatenate([fold.ndcg[name] for fold in folds]) for name in map(str, tried)}
    best: dict[str, NDArray[np.float64]] = {}
    for variant in tried:
        values = ndcg[str(variant)]
        if variant.family not in best or values.mean() > best[variant.family].mean():
            best[variant.family] = values
    return [
        row
        for row in tried
        if not paired_difference(ndcg[str(row)], best[row.family]).is_clear_loss
    ]
