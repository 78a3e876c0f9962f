"""The sentences of a training report's summary, which also state what is not known."""

from collections.abc import Mapping

from core.recommender.evaluation.hit_rates import wilson_interval
from core.recommender.evaluation.holdout_metrics import Measured
from core.recommender.evaluation.paired import paired_difference
from core.recommender.training_report import (
    BLEND,
    BLEND_WITHOUT_IMAGES,
    POPULARITY,
    TrainingReport,
)
from core.recommender.training_summary import HitComparison, PreviousTraining

MANY = 1000
RARE = 0.05


def describe_hits(hits: HitComparison, *, is_model: bool) -> str:
    """Say how many customers find something among the ten items that are shown.

    With fewer than 100 customers, the sentence counts them; otherwise, it speaks of 100 customers
    or, if hits are rare, of 1,000.
    """
    base, intro = _base(hits)
    model, popularity = round(base * hits.model), round(base * hits.popularity)
    is_clear = hits.is_clear and model != popularity
    if is_model:
        start = (
            f"{intro}, {model:,} would have found something they bought among the ten items shown"
        )
        if is_clear:
            return f"{start}; among the ten most popular items, {popularity:,} would have."
        return f"{start}: about the same as among the ten most popular items ({popularity:,})."
    start = (
        f"{intro}, {popularity:,} would have found something they bought among the ten most "
        "popular items, which are shown to everybody"
    )
    if hits.model == hits.popularity and not hits.difference_standard_error:
        return f"{start}."
    if is_clear:
        return f"{start}; in the lists of the model, {model:,} would have."
    return f"{start}: about the same as in the lists of the model ({model:,})."


def _base(hits: HitComparison) -> tuple[int, str]:
    """Return the number of customers that a sentence speaks of, and its first words."""
    if hits.customers == 1:
        return 1, "Of the one customer who came back"
    if hits.customers < 100:
        return hits.customers, f"Of the {hits.customers} customers who came back"
    is_rare = max(hits.model, hits.popularity) < RARE
    base = MANY if is_rare and hits.customers >= MANY else 100
    return base, f"Of {base:,} customers who came back"


def describe_precision(rate: float, customers: int, days: float | None = None) -> str:
    """Say how precise the hit rate is, and in how many days the customers' purchases were made."""
    lowest, highest = (round(100 * share) for share in wilson_interval(rate, customers))
    noun = "customer" if customers == 1 else "customers"
    purchases = f" and what they bought in {days:.0f} days" if days and days >= 2 else ""
    return (
        f"This was measured with {customers:,} {noun}{purchases}; for all customers, it is "
        f"probably between {lowest} and {highest} of 100."
    )


def describe_best_algorithm(measured: Mapping[str, Measured]) -> str | None:
    """Say why a blend is published although one of its algorithms ranked better.

    None if no algorithm did.
    """
    others = {name for name in measured if name not in {BLEND, BLEND_WITHOUT_IMAGES, POPULARITY}}
    if not others:
        return None
    ndcg = {name: measured[name].lists.ndcg for name in others | {BLEND}}
    best = max(sorted(others), key=lambda name: float(ndcg[name].mean()))
    gain = paired_difference(ndcg[best], ndcg[BLEND])
    if gain.mean <= 0:
        return None
    figures = f"NDCG@10 {ndcg[best].mean():.4f}, the blend {ndcg[BLEND].mean():.4f}"
    if not gain.is_clear_gain:
        return (
            f"The algorithm {best} alone ranked better for these customers ({figures}), but by no "
            "more than chance explains."
        )
    return (
        f"The algorithm {best} alone ranked better for these customers ({figures}), by more than "
        "chance explains. The blend that was measured was chosen by earlier purchases only; the "
        "published one is also chosen by theirs."
    )


def describe_changes(now: TrainingReport, then: PreviousTraining) -> str:
    """Say what has changed since the previous training run."""
    when = f" of {then.trained_at:%Y-%m-%d}" if then.trained_at else ""
    rows = (
        ("order line", now.order_lines, then.order_lines),
        ("customer", now.users, then.users),
        ("SKU", now.items, then.items),
    )
    changes = [text for name, *counts in rows if (text := _change(name, *counts))]
    what = ", ".join(changes) or "as many order lines, customers and SKUs"
    text = f"Since the previous training{when}: {what}."
    if then.hit_rate_at_10 is None:
        return text
    return (
        f"{text} Then, it was {100 * then.hit_rate_at_10:.0f} of 100 customers who came back; they "
        "were other customers, so a small difference means nothing."
    )


def _change(name: str, now: int | None, then: int | None) -> str:
    difference = (now or 0) - (then or 0)
    if not difference:
        return ""
    plural = name if abs(difference) == 1 else f"{name}s"
    return f"{abs(difference):,} {'more' if difference > 0 else 'fewer'} {plural}"
