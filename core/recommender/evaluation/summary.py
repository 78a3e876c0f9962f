"""Sums up a training run for the shop owner."""

from collections.abc import Mapping, Sequence

from core.recommender.evaluation.examples import choose_examples, describe_choice
from core.recommender.evaluation.hit_rates import compare_hits
from core.recommender.evaluation.holdout_metrics import Holdout, Measured
from core.recommender.evaluation.summary_sentences import (
    describe_best_algorithm,
    describe_changes,
    describe_hits,
    describe_precision,
)
from core.recommender.training_report import BLEND, MODEL, POPULARITY, TrainingReport
from core.recommender.training_summary import PreviousTraining, TrainingSummary

NOTHING_MEASURED = (
    "No earlier customer came back for something new in the time that was held out, so it is not "
    "known how good the lists are."
)


def summarize(
    report: TrainingReport,
    holdout: Holdout | None,
    measured: Mapping[str, Measured],
    skus: Sequence[str],
    live: TrainingReport | None,
) -> TrainingSummary:
    """Return the summary of a training run.

    Args:
        report: the report of the run, with its decision and the results on the hold-out.
        measured: the lists of each ranking; empty if there is no hold-out.
        skus: the SKUs of all items, in the order of their indices.
        live: the report of the lists that are live.
    """
    previous = None if live is None else _read_previous(live)
    changes = [describe_changes(report, previous)] if previous else []
    if holdout is None or not measured:
        return TrainingSummary(sentences=[NOTHING_MEASURED, *changes], previous=previous)
    hits = compare_hits(measured[BLEND].lists, measured[POPULARITY].lists)
    is_model = report.decision.published == MODEL
    published = measured[BLEND if is_model else POPULARITY]
    eligibility = holdout.window.eligibility
    examples = choose_examples(published.lists, holdout.returning, eligibility, skus)
    rate = hits.model if is_model else hits.popularity
    sentences = [
        describe_hits(hits, is_model=is_model),
        describe_precision(rate, hits.customers, report.split.days),
    ]
    return TrainingSummary(
        sentences=[*sentences, *changes],
        best_algorithm=describe_best_algorithm(measured) if is_model else None,
        hits=hits,
        examples=examples,
        examples_are=describe_choice(examples, hits.customers),
        previous=previous,
    )


def _read_previous(live: TrainingReport) -> PreviousTraining:
    hits, rate = live.summary.hits, None
    if hits:
        rate = hits.model if live.decision.published == MODEL else hits.popularity
    return PreviousTraining(
        trained_at=live.trained_at,
        order_lines=live.order_lines,
        users=live.users,
        items=live.items,
        hit_rate_at_10=rate,
    )
