"""From sales and looks to lists: choose by validation, measure on the last days, learn from all."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import threadpoolctl  # type: ignore[import-untyped]

from core.recommender.algorithms.als import Factors
from core.recommender.algorithms.base import Algorithm
from core.recommender.algorithms.visual_knn import LookAlikes
from core.recommender.candidates import POPULARITY, Variant, variants
from core.recommender.evaluation.holdout import exams
from core.recommender.evaluation.holdout_metrics import BLEND, HeldOut, Row, measure
from core.recommender.evaluation.incumbent import compare, incumbent
from core.recommender.evaluation.publication_gate import MODEL, told
from core.recommender.evaluation.split import Split, split, test_days
from core.recommender.item_index import Catalogue, catalogue_of
from core.recommender.options import RecommenderSettings
from core.recommender.purchases import Lines, Purchases, lines_of
from core.recommender.ranking.blend import Weights
from core.recommender.ranking.lists import Trained
from core.recommender.ranking.tuning import Choice, choose, telling
from core.recommender.reasons.evidence import Evidence
from core.recommender.training_window import period_of
from core.recommender.visual_similarity import Looks

Report = Callable[[str], None]
CELLS = 20_000_000  # users x items that are held at once to choose by


def train(
    purchases: Purchases,
    looks: Looks | None,
    settings: RecommenderSettings,
    report: Report = lambda _: None,
    allowed: Collection[str] | None = None,
    live: Mapping[str, Any] | None = None,
) -> Trained:
    """Learn what to recommend to whom.

    Args:
        purchases: all order lines, oldest first.
        looks: of the items of the collection; None if there are no pictures.
        settings: how lists are made.
        report: told what was done, a line at a time; it may raise to stop the training.
        allowed: skus that may be recommended; None: all that are sold or have looks.
        live: the report of the training whose lists are served now; its settings are kept if they
            are clearly better than those newly chosen.

    Raises:
        InvalidInput: there are no order lines, or nothing may be recommended.
    """
    with threadpoolctl.threadpool_limits(settings.threads):
        return _Training(settings, report, live).run(purchases, looks, allowed)


@dataclass(frozen=True)
class Learned:
    """What of a training need not be done again: its report, and factors by family."""

    report: Mapping[str, Any]
    factors: Mapping[str, Factors]


def learn_again(
    purchases: Purchases,
    looks: Looks | None,
    settings: RecommenderSettings,
    learned: Learned,
    report: Report = lambda _: None,
    allowed: Collection[str] | None = None,
) -> Trained:
    """What `train` gave, from the same: nothing is chosen again, and no factors are learned again.

    The arguments are those of `train`.
    """
    with threadpoolctl.threadpool_limits(settings.threads):
        training = _Training(settings, report, None, learned.factors)
        return training.again(purchases, looks, allowed, dict(learned.report))


@dataclass
class _Training:
    settings: RecommenderSettings
    report: Report
    live: Mapping[str, Any] | None
    factors: Mapping[str, Factors] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    lines: int = 0
    """Of all sales; what is held back of them does not change where factors are learned."""

    def run(
        self, purchases: Purchases, looks: Looks | None, allowed: Collection[str] | None
    ) -> Trained:
        with self._stage("looks"):
            catalogue = catalogue_of(purchases.skus, looks, allowed)
        lines = lines_of(purchases, len(catalogue))
        self.lines = len(lines)
        days = self.settings.test_days or test_days(lines)
        test = split(lines, days, self.settings.seed)
        with self._stage("validation"):
            parts = split(test.learned, days, self.settings.seed + 1)
            catalogue, held = self._trusted(parts, catalogue)
            choice = self._choose(held, self._variants(parts.learned, catalogue))
        with self._stage("test"):
            choice, tested, beside = self._measure(test, catalogue, choice)
        found = told(lines, test, choice, tested) | beside | {"seconds": self.seconds}
        found["looks"] = catalogue.alike is not None
        self.report(f"weights: {found['weights']}")
        self.report(found["gate"]["why"])
        with self._stage("learning"):
            return self._learn(lines, purchases, catalogue, choice, found)

    def again(
        self,
        purchases: Purchases,
        looks: Looks | None,
        allowed: Collection[str] | None,
        found: Row,
    ) -> Trained:
        catalogue = catalogue_of(purchases.skus, looks, allowed)
        if not found["looks"]:
            catalogue = catalogue.without_looks()
        self.report("looks")
        lines = lines_of(purchases, len(catalogue))
        # sizes forbid nothing here: what was chosen was allowed
        known = variants(self.settings, lines=len(lines), sold=0, pairs=0, alike=catalogue.alike)
        chosen = {one.family: one for one in known if one.row() in found["chosen"]}
        weights = Weights(**found["weights"])
        choice = Choice(chosen, weights, weights, [])
        return self._learn(lines, purchases, catalogue, choice, found)

    def _trusted(self, parts: Split, catalogue: Catalogue) -> tuple[Catalogue, HeldOut | None]:
        """Pictures that know no more than chance are as good as none, in all that follows."""
        held = self._held_out(parts, catalogue)
        if catalogue.alike is None or held is None or not len(held.returning.users):
            return catalogue, held
        if telling(LookAlikes(catalogue.alike), held.period, held.returning):
            return catalogue, held
        self.report("validation: looks know no more than chance, and are not used")
        catalogue = catalogue.without_looks()
        return catalogue, self._held_out(parts, catalogue)  # fewer items are known now

    def _choose(self, held: HeldOut | None, rows: list[Variant]) -> Choice:
        """By validation; popularity as it is where there are too few users to choose by."""
        if held is None or len(held.returning.users) < self.settings.least_users:
            usual = next(row for row in rows if row.family == POPULARITY)
            only = Weights({POPULARITY: 1.0}, {POPULARITY: 1.0})
            return Choice({POPULARITY: usual}, only, only, [])
        return choose(held.period, held.returning, rows, self.report)

    def _measure(
        self, parts: Split, catalogue: Catalogue, choice: Choice
    ) -> tuple[Choice, dict[str, Row], Row]:
        """What is to be learned, how it did on the last days, and what is told of the live one."""
        held = self._held_out(parts, catalogue)
        if held is None or not len(held.returning.users):
            return choice, {}, {}
        fitted = {
            name: variant.fresh().fit(held.period.interactions)
            for name, variant in choice.variants.items()
        }
        tested = measure(held, fitted, choice, self.report)
        if self.live is None or not choice.validated:
            return choice, tested, {}
        live = incumbent(self.live, self._variants(parts.learned, catalogue))
        beside, better = compare(held, live, choice, fitted)
        self.report(f"live: {beside['why']}")
        if better is not None:
            tested[BLEND] = held.figures(better)
            kept = choice.variants | live.variants
            choice = replace(choice, variants=kept, weights=live.weights)
        return choice, tested, {"live": beside | {"generation": self.live.get("generation")}}

    def _held_out(self, parts: Split, catalogue: Catalogue) -> HeldOut | None:
        """Who is asked; None if there is nothing to learn from or to ask for."""
        if not (len(parts.learned) and len(parts.held)):
            return None
        ever_sold = np.zeros(len(catalogue), bool)
        ever_sold[: catalogue.sold] = True
        period = period_of(parts.learned, catalogue, self.settings, ever_sold)
        most = min(self.settings.evaluated_users, max(CELLS // parts.held.items, 1))
        asked = exams(period.interactions, parts.held, period.rules, most, self.settings.seed)
        return HeldOut(period, *asked)

    def _variants(self, lines: Lines, catalogue: Catalogue) -> list[Variant]:
        sold = len(np.unique(lines.item))
        pairs = len(np.unique(lines.user.astype(np.int64) * lines.items + lines.item))
        return variants(
            self.settings, lines=self.lines, sold=sold, pairs=pairs, alike=catalogue.alike
        )

    def _learn(
        self, lines: Lines, purchases: Purchases, catalogue: Catalogue, choice: Choice, found: Row
    ) -> Trained:
        """From all lines, what is published."""
        period = period_of(lines, catalogue, self.settings)
        popularity = choice.variants[POPULARITY].fresh().fit(period.interactions)
        ranking = fallback = period.alone(POPULARITY, popularity)
        if found["gate"]["published"] == MODEL:
            known: dict[str, Algorithm] = {POPULARITY: popularity, **self.factors}
            fitted = {
                name: known.get(name) or variant.fresh().fit(period.interactions)
                for name, variant in choice.variants.items()
                if choice.weights.asks(name)
            }
            ranking = period.blend(fitted, choice.weights)
        days = self.settings.popular_days
        evidence = Evidence(
            period.interactions, catalogue.skus, catalogue.alike, days, period.heirs
        )
        return Trained(
            found,
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
