"""The live generation's settings beside those newly chosen, asked about the same sales held back.

Figures of two trainings cannot be compared, as each asked about sales of its own. So the variants
and weights that are live are learned once more, from what the newly chosen learned from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.recommender.algorithms.base import Algorithm
from core.recommender.candidates import Variant
from core.recommender.evaluation.holdout import answer
from core.recommender.evaluation.holdout_metrics import HeldOut, Row
from core.recommender.evaluation.publication_gate import MODEL, shown
from core.recommender.ranking.blend import Blend, Weights
from core.recommender.ranking.tuning import Choice, helps

Fitted = Mapping[str, Algorithm]
CLEARLY = 2  # standard errors of the loss of each user


@dataclass(frozen=True)
class Incumbent:
    """What the live generation asks for, as far as it can be learned today."""

    weights: Weights
    variants: dict[str, Variant]
    """Those that count, by family."""
    why_not: str = ""
    """What forbids comparing; empty if nothing does."""


def incumbent(live: Mapping[str, Any], candidates: Iterable[Variant]) -> Incumbent:
    """Read a report; a variant is known by its family and settings."""
    weights = Weights(**live["weights"])
    rows = [one for one in live.get("chosen", []) if weights.asks(one["family"])]
    variants = {one.family: one for one in candidates if one.row() in rows}
    wanted = {*weights.usual, *weights.thin}
    why_not = ""
    if live["gate"]["published"] != MODEL:
        why_not = "what is live is popularity, which is compared in any case"
    elif missing := sorted(name for name in wanted if weights.asks(name) and name not in variants):
        why_not = f"what is live counts on {', '.join(missing)}, not to be learned as it was"
    return Incumbent(weights, variants, why_not)


def unlike(live: Incumbent, choice: Choice) -> bool:
    """Whether the two would give other lists."""
    same = all(choice.variants[name].row() == one.row() for name, one in live.variants.items())
    return not same or shown(live.weights) != shown(choice.weights)


def compare(
    held: HeldOut, live: Incumbent, choice: Choice, fitted: Fitted
) -> tuple[Row, Blend | None]:
    """What is told of the two, and the live settings' ranking if it is clearly the better one.

    Args:
        held: who is asked, and what is learned before.
        live: what is live.
        choice: what was newly chosen.
        fitted: its variants, learned from the same.
    """
    if live.why_not or not unlike(live, choice):
        return {"kept": False, "why": live.why_not or "the same settings were chosen again"}, None
    theirs = held.period.blend(_fitted(live, held, choice, fitted), live.weights)
    ours = held.period.blend(fitted, choice.weights)
    old, new = (answer(blend.top, held.returning).ndcg for blend in (theirs, ours))
    kept = helps(old - new, CLEARLY)
    figures = {"live": round(float(old.mean()), 5), "chosen": round(float(new.mean()), 5)}
    told = {"kept": kept, "why": _why(figures, kept=kept), "ndcg@10": figures, "users": len(new)}
    return told, theirs if kept else None


def _fitted(live: Incumbent, held: HeldOut, choice: Choice, fitted: Fitted) -> dict[str, Algorithm]:
    """Most variants are chosen again and again: those are not learned twice."""
    return {
        name: fitted[name]
        if name in fitted and choice.variants[name].row() == variant.row()
        else variant.fresh().fit(held.period.interactions)
        for name, variant in live.variants.items()
    }


def _why(figures: Mapping[str, float], *, kept: bool) -> str:
    chosen, live = figures["chosen"], figures["live"]
    figure = f"NDCG@10 {chosen:.4f}, with the live settings {live:.4f} on the same sales held back"
    if kept:
        return f"{figure}: clearly more, they are kept"
    return f"{figure}: not clearly more, the newly chosen are taken"
