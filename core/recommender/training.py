"""From sales and looks to lists: choose by validation, measure on the last days, learn from all."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import threadpoolctl  # type: ignore[import-untyped]

from core.recommender.algorithms.looks import LookAlikes
from core.recommender.blend import Weights
from core.recommender.candidates import POPULARITY, Variant, variants
from core.recommender.catalogue import Catalogue, catalogue_of
from core.recommender.evaluation import exams
from core.recommender.evidence import Evidence
from core.recommender.lists import Trained
from core.recommender.looks import Looks
from core.recommender.measuring import BLEND, HeldOut, Row, measure
from core.recommender.period import period_of
from core.recommender.purchases import Lines, Purchases, lines_of
from core.recommender.settings import RecommenderSettings
from core.recommender.split import Split, split, test_days
from core.recommender.tuning import Choice, choose, telling

Report = Callable[[str], None]
MODEL = "model"
CELLS = 20_000_000  # users x items that are held at once to choose by


def train(
    purchases: Purchases,
    looks: Looks | None,
    settings: RecommenderSettings,
    report: Report = lambda _: None,
    allowed: Collection[str] | None = None,
) -> Trained:
    """Learn what to recommend to whom.

    Args:
        purchases: all order lines, oldest first.
        looks: of the items of the collection; None if there are no pictures.
        settings: how lists are made.
        report: told what was done, a line at a time; it may raise to stop the training.
        allowed: skus that may be recommended; None: all that are sold or have looks.

    Raises:
        InvalidInput: there are no order lines, or nothing may be recommended.
    """
    with threadpoolctl.threadpool_limits(settings.threads):
        return _Training(settings, report).run(purchases, looks, allowed)


@dataclass
class _Training:
    settings: RecommenderSettings
    report: Report
    seconds: dict[str, float] = field(default_factory=dict)

    def run(
        self, purchases: Purchases, looks: Looks | None, allowed: Collection[str] | None
    ) -> Trained:
        with self._stage("looks"):
            catalogue = catalogue_of(purchases.skus, looks, allowed)
        lines = lines_of(purchases, len(catalogue))
        days = self.settings.test_days or test_days(lines)
        test = split(lines, days, self.settings.seed)
        with self._stage("validation"):
            parts = split(test.learned, days, self.settings.seed + 1)
            catalogue = self._trusted(parts, catalogue)
            choice = self._choose(parts, catalogue)
        with self._stage("test"):
            tested = self._measure(test, catalogue, choice)
        gate = _gate(choice, tested)
        self.report(f"weights: {_shown(choice.weights)}")
        self.report(gate["why"])
        with self._stage("learning"):
            told = _told(lines, test, choice, tested) | {"gate": gate, "seconds": self.seconds}
            return self._learn(lines, purchases, catalogue, choice, told)

    def _trusted(self, parts: Split, catalogue: Catalogue) -> Catalogue:
        """Pictures that know no more than chance are as good as none, in all that follows."""
        if catalogue.alike is None or not (len(parts.learned) and len(parts.held)):
            return catalogue
        held = self._held_out(parts, catalogue)
        exam = held.returning
        if not len(exam.users) or telling(LookAlikes(catalogue.alike), held.period, exam):
            return catalogue
        self.report("validation: looks know no more than chance, and are not used")
        return catalogue.without_looks()

    def _choose(self, parts: Split, catalogue: Catalogue) -> Choice:
        """By validation; popularity as it is where there are too few users to choose by."""
        rows = self._variants(parts.learned, catalogue)
        usual = next(row for row in rows if row.family == POPULARITY)
        only = Weights({POPULARITY: 1.0}, {POPULARITY: 1.0})
        nothing = Choice({POPULARITY: usual}, only, only, [])
        if not (len(parts.learned) and len(parts.held)):
            return nothing
        held = self._held_out(parts, catalogue)
        if len(held.returning.users) < self.settings.least_users:
            return nothing
        return choose(held.period, held.returning, rows, self.report)

    def _measure(self, parts: Split, catalogue: Catalogue, choice: Choice) -> dict[str, Row]:
        if not (len(parts.learned) and len(parts.held)):
            return {}
        held = self._held_out(parts, catalogue)
        return measure(held, choice, self.report) if len(held.returning.users) else {}

    def _held_out(self, parts: Split, catalogue: Catalogue) -> HeldOut:
        ever_sold = np.zeros(len(catalogue), bool)
        ever_sold[: catalogue.sold] = True
        period = period_of(parts.learned, catalogue, self.settings, ever_sold)
        return HeldOut(
            period,
            *exams(
                period.interactions,
                parts.held,
                period.rules,
                min(self.settings.evaluated_users, max(CELLS // parts.held.items, 1)),
                self.settings.seed,
            ),
        )

    def _variants(self, lines: Lines, catalogue: Catalogue) -> list[Variant]:
        sold = len(np.unique(lines.item))
        pairs = len(np.unique(lines.user.astype(np.int64) * lines.items + lines.item))
        return variants(self.settings, sold=sold, pairs=pairs, alike=catalogue.alike)

    def _learn(
        self,
        lines: Lines,
        purchases: Purchases,
        catalogue: Catalogue,
        choice: Choice,
        told: Row,
    ) -> Trained:
        """From all lines, what is published."""
        period = period_of(lines, catalogue, self.settings)
        popularity = choice.variants[POPULARITY].fresh().fit(period.interactions)
        ranking = fallback = period.alone(POPULARITY, popularity)
        if told["gate"]["published"] == MODEL:
            fitted = {
                name: popularity if name == POPULARITY else variant.fresh().fit(period.interactions)
                for name, variant in choice.variants.items()
                if choice.weights.asks(name)
            }
            ranking = period.blend(fitted, choice.weights)
        evidence = Evidence(
            period.interactions, catalogue.skus, catalogue.alike, self.settings.popular_days
        )
        return Trained(
            told,
            purchases.users,
            catalogue,
            self.settings,
            ranking,
            fallback,
            popularity,
            evidence,
        )

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 2)
        self.report(f"{name}: {self.seconds[name]} s")


def _shown(weights: Weights) -> Row:
    return {"usual": weights.usual, "thin": weights.thin, "cold": weights.cold}


def _gate(choice: Choice, tested: dict[str, Row]) -> Row:
    """What is published, and why: nothing that is not proven to be better than popularity."""
    if not choice.validated:
        return {
            "published": POPULARITY,
            "why": "too few users came back to choose by: popularity is published",
        }
    if BLEND not in tested:
        return {
            "published": POPULARITY,
            "why": "nobody came back to measure by: popularity is published",
        }
    model, popularity = (tested[name]["ndcg@10"] for name in (BLEND, POPULARITY))
    if model < popularity:
        why = f"NDCG@10 {model:.4f} is below popularity's {popularity:.4f}: popularity is published"
        return {"published": POPULARITY, "why": why}
    why = f"NDCG@10 {model:.4f}, popularity's is {popularity:.4f}: the model is published"
    return {"published": MODEL, "why": why}


def _told(lines: Lines, test: Split, choice: Choice, tested: dict[str, Row]) -> Row:
    return {
        "rows": len(lines),
        "users": lines.users,
        "items": lines.items,
        "split": {
            "by": "user" if test.days is None else "time",
            "days": test.days,
            "learned": len(test.learned),
            "held": len(test.held),
        },
        "validation": choice.validated,
        "weights": _shown(choice.weights),
        "test": tested,
    }
