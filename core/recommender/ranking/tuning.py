"""Choosing by validation: the variant of each family, and what each counts for in the blend.

All of it sees a time split inside the training period only. Looks are added only if they know more
than chance does, and if the blend gains by them: pictures that are noise get no weight, and so
change nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.base import Algorithm
from core.recommender.candidates import LOOKS, POPULARITY, Variant
from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import Answers, Exam, answer
from core.recommender.ranking.blend import Weights
from core.recommender.ranking.score_pool import Pool, pool
from core.recommender.training_window import Period

GRID = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5)
COLD_GRID = (3.0, 2.0, 1.5, 1.0, 0.75, 0.5, 0.25)
USUAL_COLD = 1.0
LEAST_GAIN = 0.0005
ERRORS = 0.5  # standard errors of the gain; more of them leave too much good unused
COLD_COST = 0.001  # what the main figure may lose for showing items that nobody knows yet
THIN_USERS = 50


@dataclass(frozen=True)
class Choice:
    """What validation chose."""

    variants: dict[str, Variant]
    """The best of each family, the best family first."""
    weights: Weights
    without_looks: Weights
    """The same, had there been no pictures."""
    validated: list[dict[str, Any]]
    """Every variant with its figure, for the report."""


def choose(
    period: Period, exam: Exam, variants: Iterable[Variant], report: Callable[[str], None]
) -> Choice:
    """Fit every variant to the period, and choose by the exam."""
    fitted: dict[str, tuple[Variant, Algorithm, Answers]] = {}
    validated = []
    for variant in variants:
        algorithm = variant.fresh().fit(period.interactions)
        answers = answer(period.alone(variant.family, algorithm).top, exam)
        figure = float(answers.ndcg.mean())
        report(f"validation: {variant} NDCG@10 {figure:.4f}")
        validated.append(variant.row() | {"ndcg@10": round(figure, 5)})
        held = fitted.get(variant.family)
        if held is None or figure > held[2].ndcg.mean():
            fitted[variant.family] = variant, algorithm, answers
    ranked = sorted(fitted, key=lambda name: -fitted[name][2].ndcg.mean())
    algorithms = {name: fitted[name][1] for name in ranked}
    plain, seen = weigh(period, exam, algorithms)
    return Choice({name: fitted[name][0] for name in ranked}, seen, plain, validated)


def telling(looks: Algorithm, period: Period, exam: Exam) -> bool:
    """Whether looks rank better than a shuffled list, by two standard errors."""
    answers = answer(period.alone(LOOKS, looks.fit(period.interactions)).top, exam)
    open = period.rules.open(exam.users).sum(axis=1)
    return helps(answers.ndcg - ranking_metrics.chance(exam.counts, open, 10), errors=2)


def weigh(period: Period, exam: Exam, algorithms: dict[str, Algorithm]) -> tuple[Weights, Weights]:
    """Weights without looks, and what becomes of them when looks may help."""
    whole = pool(algorithms, period.rules, exam)
    thin = whole.of(period.thin[exam.users])
    names = [name for name in algorithms if name != LOOKS]
    usual = best_climb(whole, names)
    plain = Weights(usual, _for_thin(thin, usual, names))
    if LOOKS not in algorithms:
        return plain, plain
    names = list(algorithms)
    usual = climb(whole, plain.usual, names)
    seen = Weights(usual, _for_thin(thin, usual, names))
    return plain, replace(seen, cold=_cold_share(period, exam, algorithms, seen))


def _for_thin(thin: Pool, usual: dict[str, float], names: Sequence[str]) -> dict[str, float]:
    """Their own weights, if they are enough to tell."""
    return climb(thin, usual, names) if len(thin.counts) >= THIN_USERS else usual


def _cold_share(
    period: Period, exam: Exam, algorithms: dict[str, Algorithm], weights: Weights
) -> float:
    """The largest that costs the main figure next to nothing; all, if it cannot be measured."""
    if period.heirs is None or not period.rules.allowed[period.heirs.items].any():
        return USUAL_COLD

    def figure(share: float) -> float:
        blend = period.blend(algorithms, replace(weights, cold=share))
        return float(answer(blend.top, exam).ndcg.mean())

    least = figure(0.0) - COLD_COST
    return next((share for share in COLD_GRID if figure(share) >= least), 0.0)


def best_climb(pool: Pool, names: Sequence[str]) -> dict[str, float]:
    """Climb from the best algorithm, and where that is popularity, from the next best as well.

    Next to what is popular no single step may help, and yet another blend may be better.
    """
    starts = dict.fromkeys([names[0], next((one for one in names if one != POPULARITY), names[0])])
    ends = [climb(pool, {name: 1.0}, names) for name in starts]
    return max(ends, key=lambda weights: float(pool.ndcg(pool.blended(weights)).mean()))


def climb(pool: Pool, weights: Mapping[str, float], names: Sequence[str]) -> dict[str, float]:
    """Change one weight at a time, the one that helps most, as long as any helps.

    A change has to help by more than chance easily would. What is returned sums up to 1.
    """
    weights, reached = dict(weights), pool.ndcg(pool.blended(weights))
    while True:
        changes = [change for name in names for change in _changes(pool, weights, name)]
        name, weight, ndcg = max(changes, key=lambda change: float(change[2].mean()))
        if not helps(ndcg - reached, ERRORS):
            total = sum(weights.values())
            return {name: round(weight / total, 4) for name, weight in weights.items() if weight}
        weights[name], reached = weight, ndcg


def _changes(
    pool: Pool, weights: Mapping[str, float], name: str
) -> Iterator[tuple[str, float, NDArray[np.float64]]]:
    """What each other weight of one algorithm would give."""
    others = {other: weight for other, weight in weights.items() if other != name and weight}
    rest = pool.blended(others)
    if others:
        yield name, 0.0, pool.ndcg(rest)
    for weight in GRID:
        yield name, weight, pool.ndcg(rest + weight * pool.values[name])


def helps(gains: NDArray[np.float64], errors: float) -> bool:
    """Whether users gain on the whole, by so many standard errors and by something at all."""
    error = float(gains.std()) / max(len(gains), 1) ** 0.5
    return bool(gains.mean() > max(LEAST_GAIN, errors * error))
