"""Compares the live generation's settings (the incumbent) with the new choice on one hold-out.

Metrics of two trainings cannot be compared, as each has its own hold-out. So the live variants and
weights are fitted once more, on the same sales as the new choice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.recommender.algorithms.base import Algorithm
from core.recommender.candidates import Variant
from core.recommender.evaluation.holdout import rank_users
from core.recommender.evaluation.holdout_metrics import Holdout
from core.recommender.ranking.blend import Blend
from core.recommender.ranking.tuning import Choice, is_significant_gain
from core.recommender.training_report import (
    MODEL,
    BlendWeights,
    IncumbentComparison,
    TrainingReport,
)

Fitted = Mapping[str, Algorithm]
STANDARD_ERRORS = 2  # of the gain per user, that make it clear


@dataclass(frozen=True)
class Incumbent:
    """The settings of the live generation, as far as they can be fitted today."""

    weights: BlendWeights
    variants: dict[str, Variant]
    """Those with a weight, by family."""
    obstacle: str = ""
    """Why they cannot be compared; empty if they can."""


def read_incumbent(report: TrainingReport, candidates: Iterable[Variant]) -> Incumbent:
    """Read the settings from the live generation's report.

    A variant is identified by its family and settings.
    """
    weights = report.weights
    chosen = [settings for settings in report.chosen if weights.uses(settings.family)]
    variants = {variant.family: variant for variant in candidates if variant.reported in chosen}
    families = {*weights.default, *weights.low_activity}
    missing = sorted(name for name in families if weights.uses(name) and name not in variants)
    obstacle = ""
    if report.decision.published != MODEL:
        obstacle = "the live generation is popularity, which is always compared"
    elif missing:
        obstacle = f"the live generation uses {', '.join(missing)}, which cannot be fitted as then"
    return Incumbent(weights, variants, obstacle)


def differs(incumbent: Incumbent, choice: Choice) -> bool:
    """Return whether the incumbent would give other lists than the new choice."""
    same_variants = all(
        choice.variants[name].reported == variant.reported
        for name, variant in incumbent.variants.items()
    )
    return not same_variants or incumbent.weights != choice.weights


def compare(
    holdout: Holdout, incumbent: Incumbent, choice: Choice, fitted: Fitted
) -> tuple[IncumbentComparison, Blend | None]:
    """Compare the two; also return the incumbent's ranking if it is clearly better.

    `fitted` has the algorithms of `choice`, fitted to the window of the hold-out.
    """
    if incumbent.obstacle or not differs(incumbent, choice):
        reason = incumbent.obstacle or "the same settings were chosen again"
        return IncumbentComparison(reason=reason), None
    old = holdout.window.blend(_fit(incumbent, holdout, choice, fitted), incumbent.weights)
    new = holdout.window.blend(fitted, choice.weights)
    old_ndcg, new_ndcg = (rank_users(blend.top, holdout.returning).ndcg for blend in (old, new))
    incumbent_won = is_significant_gain(old_ndcg - new_ndcg, STANDARD_ERRORS)
    old_mean, new_mean = (round(float(ndcg.mean()), 5) for ndcg in (old_ndcg, new_ndcg))
    comparison = IncumbentComparison(
        incumbent_won=incumbent_won,
        reason=_reason(old_mean, new_mean, incumbent_won=incumbent_won),
        users=len(new_ndcg),
        incumbent_ndcg_at_10=old_mean,
        challenger_ndcg_at_10=new_mean,
    )
    return comparison, old if incumbent_won else None


def _fit(
    incumbent: Incumbent, holdout: Holdout, choice: Choice, fitted: Fitted
) -> dict[str, Algorithm]:
    """Fit the incumbent's variants; most are chosen again, and those are not fitted twice."""
    return {
        name: fitted[name]
        if name in fitted and choice.variants[name].reported == variant.reported
        else variant.create().fit(holdout.window.interactions)
        for name, variant in incumbent.variants.items()
    }


def _reason(incumbent: float, challenger: float, *, incumbent_won: bool) -> str:
    figures = f"NDCG@10 {challenger:.4f}, with the live settings {incumbent:.4f}"
    outcome = "not clearly better, the new settings are used"
    if incumbent_won:
        outcome = "clearly better, the live settings are kept"
    return f"{figures} on the same hold-out: {outcome}"
