"""Chooses the variant of each family and the weights of the blend by validation.

Validation uses a time split inside the training period only. Visual similarity is added only if it
ranks better than chance and improves the blend: images that are noise change nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.base import Algorithm
from core.recommender.candidates import VISUAL, Variant
from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import HoldoutSet, rank_users
from core.recommender.ranking.score_pool import ScorePool, build_pool
from core.recommender.training_report import POPULARITY, BlendWeights, ValidatedCandidate
from core.recommender.training_window import TrainingWindow

WEIGHT_GRID = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5)
COLD_GRID = (3.0, 2.0, 1.5, 1.0, 0.75, 0.5, 0.25)
DEFAULT_COLD_WEIGHT = 1.0
USUAL_BLEND = ("ease", "bm25", POPULARITY)
"""Algorithms that make a good blend in most shops."""
MIN_GAIN = 0.0005
STANDARD_ERRORS = 0.5  # of the gain; a stricter test leaves good weights unused
MAX_COLD_LOSS = 0.001  # acceptable loss of NDCG@10 for showing items that nobody knows yet
MIN_LOW_ACTIVITY_USERS = 50


@dataclass(frozen=True)
class Choice:
    """The variants and weights that validation chose."""

    variants: dict[str, Variant]
    """Best variant of each family, the best family first."""
    weights: BlendWeights
    weights_without_images: BlendWeights
    """Weights chosen without images."""
    validated: list[ValidatedCandidate]
    """Every variant with its result; empty if there were too few users to validate."""


def choose(
    window: TrainingWindow,
    holdout: HoldoutSet,
    variants: Iterable[Variant],
    progress: Callable[[str], None],
) -> Choice:
    """Fit every variant to the window, and choose by the metrics of the hold-out."""
    best: dict[str, tuple[float, Variant, Algorithm]] = {}
    validated = []
    for variant in variants:
        algorithm = variant.create().fit(window.interactions)
        ranking = window.single(variant.family, algorithm)
        ndcg = float(rank_users(ranking.top, holdout).ndcg.mean())
        progress(f"{variant} NDCG@10 {ndcg:.4f}")
        settings = variant.reported.model_dump()
        validated.append(ValidatedCandidate(**settings, ndcg_at_10=round(ndcg, 5)))
        if variant.family not in best or ndcg > best[variant.family][0]:
            best[variant.family] = ndcg, variant, algorithm
    ranked = sorted(best, key=lambda name: -best[name][0])
    algorithms = {name: best[name][2] for name in ranked}
    without_images, weights = tune_weights(window, holdout, algorithms)
    return Choice({name: best[name][1] for name in ranked}, weights, without_images, validated)


def is_informative(visual: Algorithm, window: TrainingWindow, holdout: HoldoutSet) -> bool:
    """Return whether visual similarity beats chance by two standard errors."""
    algorithm = visual.fit(window.interactions)
    lists = rank_users(window.single(VISUAL, algorithm).top, holdout)
    eligible = window.eligibility.mask(holdout.users).sum(axis=1)
    chance = ranking_metrics.chance_ndcg(holdout.counts, eligible, 10)
    return is_significant_gain(lists.ndcg - chance, standard_errors=2)


def tune_weights(
    window: TrainingWindow, holdout: HoldoutSet, algorithms: dict[str, Algorithm]
) -> tuple[BlendWeights, BlendWeights]:
    """Return the weights without images, and the weights with images."""
    pool = build_pool(algorithms, window.eligibility, holdout)
    low_activity = pool.select(window.low_activity[holdout.users])
    names = [name for name in algorithms if name != VISUAL]
    default = best_coordinate_ascent(pool, names)
    without_images = BlendWeights(default, _tune_low_activity(low_activity, default, names))
    if VISUAL not in algorithms:
        return without_images, without_images
    names = list(algorithms)
    default = coordinate_ascent(pool, without_images.default, names)
    weights = BlendWeights(default, _tune_low_activity(low_activity, default, names))
    cold = _tune_cold_weight(window, holdout, algorithms, weights)
    return without_images, replace(weights, cold=cold)


def _tune_low_activity(
    pool: ScorePool, default: dict[str, float], names: Sequence[str]
) -> dict[str, float]:
    """Return the weights for low-activity users: the default if there are too few to measure."""
    if len(pool.counts) < MIN_LOW_ACTIVITY_USERS:
        return default
    return coordinate_ascent(pool, default, names)


def _tune_cold_weight(
    window: TrainingWindow,
    holdout: HoldoutSet,
    algorithms: dict[str, Algorithm],
    weights: BlendWeights,
) -> float:
    """Return the largest weight that costs little NDCG; the default if no cold item is eligible."""
    cold = window.cold_items
    if cold is None or not window.eligibility.allowed[cold.items].any():
        return DEFAULT_COLD_WEIGHT

    def ndcg(cold_weight: float) -> float:
        blend = window.blend(algorithms, replace(weights, cold=cold_weight))
        return float(rank_users(blend.top, holdout).ndcg.mean())

    lowest = ndcg(0.0) - MAX_COLD_LOSS
    return next((weight for weight in COLD_GRID if ndcg(weight) >= lowest), 0.0)


def best_coordinate_ascent(pool: ScorePool, names: Sequence[str]) -> dict[str, float]:
    """Ascend from the best algorithm, from the best besides popularity, and from the usual blend.

    A single algorithm can be a local optimum: no single step improves it, but another blend may be
    better. On real sales, starts from single algorithms ended in different optima after a change of
    one order line; NDCG@10 was then 0.14 or 0.17.
    """
    next_best = next((name for name in names if name != POPULARITY), names[0])
    singles = [{name: 1.0} for name in dict.fromkeys([names[0], next_best])]
    usual = {name: 1.0 for name in USUAL_BLEND if name in names}
    starts = [*singles, usual] if len(usual) > 1 else singles
    ends = [coordinate_ascent(pool, start, names) for start in starts]
    return max(ends, key=lambda weights: float(pool.ndcg(pool.blend(weights)).mean()))


def coordinate_ascent(
    pool: ScorePool, weights: Mapping[str, float], names: Sequence[str]
) -> dict[str, float]:
    """Apply the best weight change as long as it gains enough; return weights that sum to 1."""
    weights, reached = dict(weights), pool.ndcg(pool.blend(weights))
    while True:
        changes = [change for name in names for change in _changes(pool, weights, name)]
        name, weight, ndcg = max(changes, key=lambda change: float(change[2].mean()))
        if not is_significant_gain(ndcg - reached, STANDARD_ERRORS):
            total = sum(weights.values())
            return {name: round(weight / total, 4) for name, weight in weights.items() if weight}
        weights[name], reached = weight, ndcg


def _changes(
    pool: ScorePool, weights: Mapping[str, float], name: str
) -> Iterator[tuple[str, float, NDArray[np.float64]]]:
    """Yield the name, weight and resulting NDCG of each possible weight of one algorithm."""
    others = {other: weight for other, weight in weights.items() if other != name and weight}
    rest = pool.blend(others)
    if others:
        yield name, 0.0, pool.ndcg(rest)
    for weight in WEIGHT_GRID:
        yield name, weight, pool.ndcg(rest + weight * pool.values[name])


def is_significant_gain(gains: NDArray[np.float64], standard_errors: float) -> bool:
    """Return whether the mean gain exceeds `MIN_GAIN` and the given number of standard errors."""
    error = float(gains.std()) / max(len(gains), 1) ** 0.5
    return bool(gains.mean() > max(MIN_GAIN, standard_errors * error))
