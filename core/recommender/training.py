"""Trains a recommender: chooses by validation, measures on the hold-out, learns from all sales."""

import time
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import threadpoolctl  # type: ignore[import-untyped]

from core.recommender.algorithms.item_knn import VisualKnn
from core.recommender.candidates import Variant, list_variants, without_times
from core.recommender.choosing.choice import Choice
from core.recommender.choosing.chooser import Chooser
from core.recommender.choosing.holdouts import choose_days, hold_out
from core.recommender.choosing.images import is_informative
from core.recommender.evaluation.holdout_metrics import Holdout
from core.recommender.evaluation.incumbent import Live
from core.recommender.evaluation.last_sales import LastSales
from core.recommender.evaluation.publication_gate import build_report, describe
from core.recommender.evaluation.rules_cost import Rerank
from core.recommender.evaluation.split import Split, split
from core.recommender.evaluation.summary import summarize
from core.recommender.item_index import ItemIndex, build_item_index
from core.recommender.learning import learn
from core.recommender.links.learning import learn_links
from core.recommender.missing_dates import check_dates
from core.recommender.options import RecommenderSettings
from core.recommender.order_line_arrays import OrderLines, to_order_lines
from core.recommender.plausible_sales import PlausibleSales, select_plausible
from core.recommender.ranking.lists import TrainedRecommender
from core.recommender.repurchase import decide_repurchase
from core.recommender.training_report import POPULARITY, RepurchaseReport, TrainingReport
from core.recommender.training_snapshot import TrainingSnapshot
from core.recommender.visual_neighbours import ItemEmbeddings

Progress = Callable[[str, str], None]
"""Receives the current stage and a message; may raise to stop the training run."""
STAGES = ("visual similarity", "validation", "test", "choice", "links", "learning")


def train_recommender(  # noqa: PLR0913
    purchases: pd.DataFrame,
    embeddings: ItemEmbeddings | None,
    settings: RecommenderSettings,
    progress: Progress = lambda *_: None,
    allowed: AbstractSet[str] | None = None,
    live: Live | None = None,
    *,
    rerank: Rerank | None = None,
) -> TrainedRecommender:
    """Train on all purchases; `TrainingSnapshot` describes `purchases`, `embeddings` and `allowed`.

    Args:
        progress: called when a stage of `STAGES` begins, and after each of its steps.
        live: generation that is served now; its settings are kept if they are clearly better.
        rerank: applies the shop's rules to a list, so that the report tells what they cost.

    Raises:
        InvalidInput: there are no order lines, no item may be recommended, or the dates of the
            order lines are probably missing.
    """
    with threadpoolctl.threadpool_limits(settings.threads):
        data = TrainingSnapshot(purchases, embeddings, allowed)
        return _Training(data, settings, progress, live, rerank).run()


def rebuild_recommender(
    snapshot: TrainingSnapshot,
    settings: RecommenderSettings,
    report: TrainingReport,
    progress: Progress = lambda *_: None,
) -> TrainedRecommender:
    """Rebuild the result of `train_recommender` without choosing again or refitting the factors."""
    with threadpoolctl.threadpool_limits(settings.threads):
        return _Training(snapshot, settings, progress).rebuild(report)


@dataclass
class _Training:
    data: TrainingSnapshot
    settings: RecommenderSettings
    progress: Progress
    live: Live | None = None
    rerank: Rerank | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    stage: str = STAGES[0]

    def run(self) -> TrainedRecommender:
        with self._stage("visual similarity"):
            index = self._index_items()
        sales = self._select_sales(index)
        repurchase = decide_repurchase(sales.lines, self.settings)
        self._log(repurchase.reason)
        self._allow_repurchase(repurchase)
        index, choice, report = self._choose(sales, index)
        self._log(f"weights: {choice.weights}")
        self._log(report.decision.reason or "")
        with self._stage("links"):
            popularity = choice.variants[POPULARITY]
            links = learn_links(sales.lines, index.allowed, popularity, self.settings)
            self._log(f"links weighed by {links.report.weights}")
        with self._stage("learning"):
            trained = learn(self.data, self.settings, sales, index, choice, report)
        update = {
            "links": links.report,
            "repurchase": repurchase,
            "uses_images": index.neighbours is not None,
            "seconds": self.seconds,
        }
        return replace(trained, report=report.model_copy(update=update), links=links)

    def _choose(
        self, sales: PlausibleSales, index: ItemIndex
    ) -> tuple[ItemIndex, Choice, TrainingReport]:
        """Choose by parts of the sales; also return the index, without images if these are noise.

        The report has what was measured and chosen.
        """
        lines, settings = sales.lines, self.settings
        days = choose_days(lines, settings)
        test = split(lines, days, settings.seed)
        with self._stage("validation"):
            validation = split(test.training, days, settings.seed + 1)
            index, holdout = self._drop_uninformative_images(validation, index)
            chooser = Chooser(self._variants(lines, index), index, settings, self._log)
            fitted = chooser.fit(_name(test, f"the {days:.3g} days before"), holdout)
            first = chooser.choose_first(fitted)
            folds = [fitted.fold] if fitted else []
        del fitted, holdout  # their algorithms take up much memory
        with self._stage("test"):
            holdout = hold_out(test, index, settings)
            fitted = chooser.fit(_name(test, f"the last {days:.3g} days"), holdout, folds)
            last = LastSales(fitted, settings, self._log) if fitted else None
            measured = last.measure(first) if last else {}
            report = build_report(sales, test, measured, settings.users_to_decide(lines.users))
        with self._stage("choice"):
            folds = [fitted.fold, *folds] if fitted else folds
            folds += chooser.last_purchases(lines, folds)
            choice = chooser.choose(folds, first.weights.cold)
            comparison = rules = None
            if last and self.live:
                choice, comparison = last.keep_incumbent(self.live, choice, chooser.variants)
            if last and self.rerank:
                rules = last.measure_rules(self.rerank, index.skus, choice, report.decision)
            live_report = self.live.report if self.live else None
            summary = summarize(report, holdout, measured, index.skus, live_report)
        update = {"incumbent": comparison, "rules": rules, "summary": summary}
        return index, choice, report.model_copy(update=update | describe(choice))

    def rebuild(self, report: TrainingReport) -> TrainedRecommender:
        index = self._index_items()
        if not report.uses_images:
            index = index.without_images()
        self._log("item embeddings indexed")
        sales = self._select_sales(index)
        self._allow_repurchase(report.repurchase)
        # sizes of 0 exclude no variant: the chosen variants were within the limits
        variants = list_variants(
            self.settings, lines=len(self.data.sales), sold=0, pairs=0, neighbours=index.neighbours
        )
        chosen = {row.family: row for row in variants if row.reported in report.chosen}
        choice = Choice(chosen, report.weights, report.weights)
        return learn(self.data, self.settings, sales, index, choice, report)

    def _allow_repurchase(self, repurchase: RepurchaseReport) -> None:
        update = {"allow_repurchase": repurchase.allowed}
        self.settings = self.settings.model_copy(update=update)

    def _index_items(self) -> ItemIndex:
        sold = self.data.sales["sku"].cat.categories
        return build_item_index(sold, self.data.embeddings, self.data.allowed)

    def _select_sales(self, index: ItemIndex) -> PlausibleSales:
        sales = self.data.sales
        users = sales["user"].cat.categories
        plausible = select_plausible(to_order_lines(sales, len(index)), users)
        if not self.settings.allow_missing_dates:
            check_dates(plausible.lines)
        for note in plausible.ignored.notes:
            self._log(note)
        return plausible

    def _drop_uninformative_images(
        self, validation: Split, index: ItemIndex
    ) -> tuple[ItemIndex, Holdout | None]:
        """Drop the images if they rank no better than chance; also return the hold-out."""
        holdout = hold_out(validation, index, self.settings)
        if index.neighbours is None or holdout is None:
            return index, holdout
        if is_informative(VisualKnn(index.neighbours), holdout.window, holdout.returning):
            return index, holdout
        self._log("images rank no better than chance and are not used")
        index = index.without_images()
        # fewer items are eligible now
        return index, hold_out(validation, index, self.settings)

    def _variants(self, lines: OrderLines, index: ItemIndex) -> list[Variant]:
        sold = len(np.unique(lines.item))
        pairs = len(np.unique(lines.user_items))
        # counts all sales: the size of a hold-out must not decide whether Spark learns the factors
        line_count = len(self.data.sales)
        variants = list_variants(
            self.settings, lines=line_count, sold=sold, pairs=pairs, neighbours=index.neighbours
        )
        return variants if lines.has_times else without_times(variants)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        self.stage = name
        self._log("started")
        yield
        self.seconds[name] = round(time.perf_counter() - started, 2)
        self._log(f"finished in {self.seconds[name]} s")

    def _log(self, message: str) -> None:
        self.progress(self.stage, message)


def _name(parts: Split, by_time: str) -> str:
    return by_time if parts.days else "a fifth of each customer's orders"
