"""Measures rankings on a hold-out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.base import Users
from core.recommender.evaluation.hit_rates import estimate_hit_rate
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
from core.recommender.training_report import CandidateResult, Metrics
from core.recommender.training_window import TrainingWindow


@dataclass(frozen=True)
class Measured:
    """The metrics of a ranking, and the lists that they were computed from."""

    result: CandidateResult
    lists: RankedLists
    """Lists of the returning users."""


@dataclass(frozen=True)
class Holdout:
    """A training window, and the users to evaluate after its end."""

    window: TrainingWindow
    returning: HoldoutSet
    new: HoldoutSet

    def measure(self, blend: Blend) -> Measured:
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
        rate, error = estimate_hit_rate(lists)
        result = CandidateResult(
            **self._overall(lists),
            hit_rate_at_10=rate,
            hit_rate_standard_error=error,
            segments=segments,
        )
        return Measured(result, lists)

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
