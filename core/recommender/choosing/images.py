"""Decides whether images help, and how strongly items without sales inherit scores."""

from collections.abc import Mapping
from dataclasses import replace

from core.recommender.algorithms.base import Algorithm
from core.recommender.candidates import VISUAL
from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import HoldoutSet, rank_users
from core.recommender.evaluation.paired import CLEAR, is_significant_gain
from core.recommender.training_report import BlendWeights
from core.recommender.training_window import TrainingWindow

USUAL_COLD_WEIGHT = 1.0
COLD_GRID = (3.0, 2.0, 1.5, 1.0, 0.75, 0.5, 0.25)
MAX_COLD_LOSS = 0.001  # acceptable loss of NDCG@10 for showing items that nobody knows yet


def is_informative(visual: Algorithm, window: TrainingWindow, holdout: HoldoutSet) -> bool:
    """Return whether visual similarity clearly beats chance."""
    algorithm = visual.fit(window.interactions)
    lists = rank_users(window.single(VISUAL, algorithm).top, holdout)
    eligible = window.eligibility.mask(holdout.users).sum(axis=1)
    chance = ranking_metrics.chance_ndcg(holdout.counts, eligible, 10)
    return is_significant_gain(lists.ndcg - chance, CLEAR)


def choose_cold_weight(
    window: TrainingWindow,
    holdout: HoldoutSet,
    algorithms: Mapping[str, Algorithm],
    weights: BlendWeights,
) -> float:
    """Return the largest weight that costs little NDCG; the usual one if no item is cold."""
    cold = window.cold_items
    if cold is None or not window.eligibility.allowed[cold.items].any():
        return USUAL_COLD_WEIGHT

    def ndcg(cold_weight: float) -> float:
        blend = window.blend(algorithms, replace(weights, cold=cold_weight))
        return float(rank_users(blend.top, holdout).ndcg.mean())

    lowest = ndcg(0.0) - MAX_COLD_LOSS
    return next((weight for weight in COLD_GRID if ndcg(weight) >= lowest), 0.0)
