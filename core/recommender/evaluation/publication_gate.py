"""Decides whether to publish the model, and builds the training report."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.recommender.choosing.choice import Choice
from core.recommender.evaluation.holdout_metrics import Measured
from core.recommender.evaluation.paired import paired_difference
from core.recommender.evaluation.split import Split
from core.recommender.order_line_arrays import OrderLines
from core.recommender.plausible_sales import PlausibleSales
from core.recommender.training_report import (
    BLEND,
    MODEL,
    POPULARITY,
    HoldoutSplit,
    PublicationDecision,
    SalesPeriod,
    TrainingReport,
    compare_segments,
    sort_results,
)


def decide_publication(
    measured: Mapping[str, Measured], users_to_decide: int
) -> PublicationDecision:
    """Publish the model unless popularity was clearly better on the hold-out.

    The model is published as well if fewer than `users_to_decide` returning users were measured,
    since it hardly differs from what ranks well in most shops.
    """
    if BLEND not in measured:
        reason = "no customer came back, so the model could not be compared with popularity"
        return PublicationDecision(published=MODEL, reason=f"{reason}: the model is published")
    model, popularity = (measured[name].lists.ndcg for name in (BLEND, POPULARITY))
    gain = paired_difference(model, popularity)
    reason = (
        f"NDCG@10 is {model.mean():.4f} for the model and {popularity.mean():.4f} for popularity; "
        f"the difference is {gain.mean:+.4f} ± {gain.error:.4f}"
    )
    published, subject = MODEL, "the model"
    if (users := len(model)) < users_to_decide:
        came = "1 customer" if users == 1 else f"{users:,} customers"
        reason = f"too few customers to tell: {came} came back, {users_to_decide:,} are needed"
    elif gain.is_clear_loss:
        published, subject = POPULARITY, POPULARITY
    return PublicationDecision(
        published=published,
        reason=f"{reason}: {subject} is published",
        gain=round(gain.mean, 5),
        gain_error=round(gain.error, 5),
    )


def build_report(
    sales: PlausibleSales,
    test: Split,
    measured: Mapping[str, Measured],
    users_to_decide: int,
) -> TrainingReport:
    """Build the report of what was measured; the training run adds the remaining fields."""
    lines = sales.all_lines
    results = {name: row.result for name, row in measured.items()}
    return TrainingReport(
        order_lines=len(lines),
        users=lines.users,
        items=lines.items,
        period=_period(sales.lines),
        ignored=sales.ignored,
        split=HoldoutSplit(
            by="user" if test.days is None else "time",
            days=test.days,
            training_lines=len(test.training),
            holdout_lines=len(test.holdout),
        ),
        holdout=sort_results(results),
        segments=compare_segments(results),
        decision=decide_publication(measured, users_to_decide),
    )


def describe(choice: Choice) -> dict[str, Any]:
    """Return the fields of the report that say what is published and how it was chosen."""
    return {
        "validation": choice.validated,
        "folds": choice.folds,
        "chosen": [variant.reported for variant in choice.variants.values()],
        "weights": choice.weights,
    }


def _period(lines: OrderLines) -> SalesPeriod | None:
    if not lines.has_times:
        return None
    first, last = (datetime.fromtimestamp(at, UTC) for at in (lines.at.min(), lines.at.max()))
    return SalesPeriod(first=first, last=last)
