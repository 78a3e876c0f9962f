"""Measures every candidate and the blend on the hold-out, which has influenced no choice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.base import Algorithm, Users
from core.recommender.candidates import VISUAL
from core.recommender.evaluation.holdout import (
    HoldoutSet,
    RankedLists,
    item_metrics,
    overall_metrics,
    rank_users,
    user_metrics,
)
from core.recommender.order_line_arrays import home_regions
from core.recommender.ranking.blend import Blend
from core.recommender.ranking.tuning import Choice
from core.recommender.training_report import (
    BLEND,
    BLEND_WITHOUT_IMAGES,
    POPULARITY,
    CandidateResult,
    Metrics,
)
from core.recommender.training_window import TrainingWindow


@dataclass(frozen=True)
class Holdout:
    """A training window, and the users to evaluate after its end."""

    window: TrainingWindow
    returning: HoldoutSet
    new: HoldoutSet

    def measure(self, blend: Blend) -> CandidateResult:
        """Measure a ranking on the returning users."""
        holdout, is_cold = self.returning, self.window.is_cold
        lists = rank_users(blend.top, holdout)
        low_activity = self.window.low_activity[holdout.users]
        few, usual = "customers with few purchases", "returning customers"
        segments = {
            **user_metrics(lists, np.where(low_activity, few, usual)),
            "cold items": item_metrics(lists, holdout, is_cold),
            "warm items": item_metrics(lists, holdout, ~is_cold),
            **user_metrics(lists, self._countries(holdout.users)),
        }
        return CandidateResult(**self._overall(lists), segments=segments)

    def measure_new_users(self, blend: Blend) -> Metrics:
        """Measure a ranking on the users without earlier purchases."""
        return Metrics.model_validate(self._overall(rank_users(blend.top, self.new)))

    def _overall(self, lists: RankedLists) -> dict[str, Any]:
        eligible_items = int(self.window.eligibility.allowed.sum())
        return overall_metrics(lists, eligible_items, self.window.is_cold)

    def _countries(self, users: Users) -> NDArray[np.str_]:
        lines = self.window.interactions.lines
        keys = (lines.regions.keys[home] for home in home_regions(lines)[users])
        return np.array([f"country {key.split('/')[0] or 'unknown'}" for key in keys], np.str_)


def measure_candidates(
    holdout: Holdout,
    fitted: Mapping[str, Algorithm],
    choice: Choice,
    progress: Callable[[str], None],
) -> dict[str, CandidateResult]:
    """Measure each algorithm and the blend; `fitted` has all algorithms, fitted to the window."""
    window = holdout.window
    rankings = {name: window.single(name, algorithm) for name, algorithm in fitted.items()}
    rankings[BLEND] = window.blend(fitted, choice.weights)
    if VISUAL in fitted:
        rankings[BLEND_WITHOUT_IMAGES] = window.blend(fitted, choice.weights_without_images)
    results = {}
    for name, blend in rankings.items():
        results[name] = holdout.measure(blend)
        progress(f"{name} NDCG@10 {results[name].ndcg_at_10:.4f}")
    if len(holdout.new.users):
        segments = {"new customers": holdout.measure_new_users(rankings[POPULARITY])}
        result = results[POPULARITY]
        results[POPULARITY] = result.model_copy(update={"segments": segments | result.segments})
    return results
