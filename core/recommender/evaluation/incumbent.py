"""Compares the live generation's settings (the incumbent) with the new choice on one hold-out.

Metrics of two training runs are not comparable, since each has its own hold-out. Therefore, the
live variants are fitted again, to the same sales as the new choice.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.recommender.candidates import Variant
from core.recommender.choosing.choice import Choice
from core.recommender.choosing.fold import FittedFold
from core.recommender.evaluation.holdout import rank_users
from core.recommender.evaluation.paired import CLEAR, is_significant_gain
from core.recommender.training_report import (
    MODEL,
    BlendWeights,
    IncumbentComparison,
    TrainingReport,
)


@dataclass(frozen=True)
class Live:
    """The generation that is served now."""

    generation: str
    report: TrainingReport


@dataclass(frozen=True)
class Incumbent:
    """The settings of the live generation, as far as they can still be fitted."""

    weights: BlendWeights
    variants: dict[str, Variant]
    """Variants with a weight, by family."""
    obstacle: str = ""
    """Reason why the settings cannot be compared; empty if they can."""


def read_incumbent(report: TrainingReport, candidates: Iterable[Variant]) -> Incumbent:
    """Read the settings from the live generation's report."""
    weights = report.weights
    chosen = [settings for settings in report.chosen if weights.uses(settings.family)]
    variants = {variant.family: variant for variant in candidates if variant.reported in chosen}
    families = weights.algorithms
    missing = sorted(name for name in families if weights.uses(name) and name not in variants)
    obstacle = ""
    if report.decision.published != MODEL:
        obstacle = "the live generation is popularity, which is always compared"
    elif missing:
        obstacle = f"the live generation uses {', '.join(missing)}, which can no longer be fitted"
    return Incumbent(weights, variants, obstacle)


def compare(incumbent: Incumbent, choice: Choice, fitted: FittedFold) -> IncumbentComparison:
    """Compare the incumbent with the choice on the last sales, from which both may have learned."""
    if incumbent.obstacle:
        return IncumbentComparison(reason=incumbent.obstacle)
    chosen_again = {
        name: fitted.algorithms[str(variant)]
        for name, variant in incumbent.variants.items()
        if str(variant) in fitted.algorithms
    }
    same_variants = all(
        choice.variants.get(name) == row for name, row in incumbent.variants.items()
    )
    if same_variants and incumbent.weights == choice.weights:
        return IncumbentComparison(reason="the same settings were chosen again")
    holdout, window = fitted.holdout, fitted.holdout.window
    old = window.blend(window.fit(incumbent.variants, chosen_again), incumbent.weights)
    new = window.blend(fitted.by_family(choice.variants), choice.weights)
    old_ndcg, new_ndcg = (rank_users(blend.top, holdout.returning).ndcg for blend in (old, new))
    incumbent_won = is_significant_gain(old_ndcg - new_ndcg, CLEAR)
    old_mean, new_mean = (round(float(ndcg.mean()), 5) for ndcg in (old_ndcg, new_ndcg))
    return IncumbentComparison(
        incumbent_won=incumbent_won,
        reason=_reason(old_mean, new_mean, incumbent_won=incumbent_won),
        users=len(new_ndcg),
        incumbent_ndcg_at_10=old_mean,
        challenger_ndcg_at_10=new_mean,
    )


def _reason(incumbent: float, challenger: float, *, incumbent_won: bool) -> str:
    figures = (
        f"on the same hold-out, NDCG@10 is {challenger:.4f} with the new settings "
        f"and {incumbent:.4f} with the live settings"
    )
    if incumbent_won:
        return f"{figures}; the latter is clearly better, so the live settings are kept"
    return f"{figures}; the latter is not clearly better, so the new settings are used"
