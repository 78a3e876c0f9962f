"""Decides whether to publish the model, and builds the training report."""

from collections.abc import Mapping
from datetime import UTC, datetime

from core.recommender.evaluation.split import Split
from core.recommender.order_line_arrays import OrderLines
from core.recommender.plausible_sales import PlausibleSales
from core.recommender.ranking.tuning import Choice
from core.recommender.training_report import (
    BLEND,
    MODEL,
    POPULARITY,
    CandidateResult,
    HoldoutSplit,
    PublicationDecision,
    SalesPeriod,
    TrainingReport,
    compare_segments,
    sort_results,
)


def decide_publication(
    choice: Choice, results: Mapping[str, CandidateResult], users_to_decide: int
) -> PublicationDecision:
    """Publish the model only if it is at least as good as popularity on the hold-out.

    Popularity is published if fewer than `users_to_decide` returning users were measured.
    """
    published = POPULARITY
    if not choice.validated:
        reason = "too few customers came back to allow a choice of model"
    elif BLEND not in results:
        reason = "no customer came back, so the model could not be measured"
    elif (users := results[BLEND].users) < users_to_decide:
        came = "1 customer" if users == 1 else f"{users:,} customers"
        reason = f"too few customers to decide: {came} came back, {users_to_decide:,} are needed"
    else:
        model, popularity = (results[name].ndcg_at_10 or 0.0 for name in (BLEND, POPULARITY))
        reason = f"NDCG@10 is {model:.4f} for the model and {popularity:.4f} for popularity"
        if model >= popularity:
            published = MODEL
    subject = "the model" if published == MODEL else POPULARITY
    return PublicationDecision(published=published, reason=f"{reason}: {subject} is published")


def build_report(
    sales: PlausibleSales,
    test: Split,
    choice: Choice,
    results: Mapping[str, CandidateResult],
    users_to_decide: int,
) -> TrainingReport:
    """Build the report; the training run adds the remaining fields, such as durations."""
    lines = sales.all_lines
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
        validation=choice.validated,
        chosen=[variant.reported for variant in choice.variants.values()],
        weights=choice.weights,
        holdout=sort_results(results),
        segments=compare_segments(results),
        decision=decide_publication(choice, results, users_to_decide),
    )


def _period(lines: OrderLines) -> SalesPeriod | None:
    if not lines.has_times:
        return None
    first, last = (datetime.fromtimestamp(at, UTC) for at in (lines.at.min(), lines.at.max()))
    return SalesPeriod(first=first, last=last)
