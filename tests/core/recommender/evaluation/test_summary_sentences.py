"""What the summary says, and when it says that it cannot tell."""

from datetime import UTC, datetime

import numpy as np
import pytest

from core.recommender.evaluation.holdout import RankedLists
from core.recommender.evaluation.holdout_metrics import Measured
from core.recommender.evaluation.summary import summarize
from core.recommender.evaluation.summary_sentences import (
    describe_best_algorithm,
    describe_changes,
    describe_hits,
    describe_precision,
)
from core.recommender.training_report import CandidateResult, TrainingReport
from core.recommender.training_summary import HitComparison, PreviousTraining


def hits(customers, model, popularity, *, is_clear, error=0.02):
    return HitComparison(
        customers=customers,
        model=model,
        popularity=popularity,
        model_standard_error=error,
        popularity_standard_error=error,
        difference_standard_error=error,
        is_clear=is_clear,
    )


@pytest.mark.parametrize(
    ("comparison", "sentence"),
    [
        (
            hits(412, 0.341, 0.209, is_clear=True),
            "Of 100 customers who came back, 34 would have found something they bought among the "
            "ten items shown; among the ten most popular items, 21 would have.",
        ),
        (
            hits(412, 0.341, 0.329, is_clear=False),
            "Of 100 customers who came back, 34 would have found something they bought among the "
            "ten items shown: about the same as among the ten most popular items (33).",
        ),
        (
            hits(43, 15 / 43, 6 / 43, is_clear=True),
            "Of the 43 customers who came back, 15 would have found something they bought among "
            "the ten items shown; among the ten most popular items, 6 would have.",
        ),
        (
            hits(2000, 0.024, 0.0131, is_clear=True),
            "Of 1,000 customers who came back, 24 would have found something they bought among "
            "the ten items shown; among the ten most popular items, 13 would have.",
        ),
    ],
)
def test_the_first_sentence_counts_customers_and_does_not_tell_what_it_cannot(comparison, sentence):
    assert describe_hits(comparison, is_model=True) == sentence


def test_if_popularity_is_published_the_first_sentence_is_about_popularity():
    clear = describe_hits(hits(412, 0.1, 0.2, is_clear=True), is_model=False)
    assert clear == (
        "Of 100 customers who came back, 20 would have found something they bought among the ten "
        "most popular items, which are shown to everybody; in the lists of the model, 10 would "
        "have."
    )
    unclear = describe_hits(hits(412, 0.19, 0.2, is_clear=False), is_model=False)
    assert unclear.endswith("shown to everybody: about the same as in the lists of the model (19).")
    same = describe_hits(hits(1, 0.0, 0.0, is_clear=False, error=0.0), is_model=False)
    assert same.startswith("Of the one customer who came back, 0 would have found")
    assert same.endswith("which are shown to everybody.")


def test_the_precision_is_an_interval_that_few_customers_make_wide():
    in_30_days = describe_precision(0.341, 412, days=30.2)
    assert "with 412 customers and what they bought in 30 days; for all" in in_30_days
    assert "between 30 and 39 of 100" in in_30_days
    assert describe_precision(0.0, 1) == (
        "This was measured with 1 customer; for all customers, it is probably between 0 and 79 "
        "of 100."
    )


def measured(**ranks):
    """Rankings by name; each has the rank of every user's only hit, 0 for none."""
    rows = {}
    for name, places in ranks.items():
        hits_of_lists = np.arange(1, 21) == np.array(places)[:, None]
        lists = RankedLists(
            np.zeros(hits_of_lists.shape, np.intp), hits_of_lists, np.ones(len(places), np.int32)
        )
        rows[name] = Measured(CandidateResult(), lists)
    return rows


def test_an_algorithm_that_beats_the_blend_is_named_with_the_reason():
    clear = describe_best_algorithm(measured(blend=[0] * 20, popularity=[1] * 20, als=[2, 1] * 10))
    assert clear.startswith("The algorithm als alone ranked better for these customers (NDCG@10 ")
    assert "by more than chance explains. The blend that was measured" in clear
    unclear = describe_best_algorithm(measured(blend=[1, 0, 0], ease=[0, 1, 1], popularity=[0] * 3))
    assert unclear.endswith("but by no more than chance explains.")


def test_nothing_is_said_if_the_blend_is_best():
    assert describe_best_algorithm(measured(blend=[1, 1], ease=[2, 1], popularity=[1, 1])) is None
    assert describe_best_algorithm(measured(blend=[0], popularity=[1])) is None


def before(**changes):
    then = {"trained_at": datetime(2026, 10, 1, tzinfo=UTC), "order_lines": 1000, "users": 50,
            "items": 10, "hit_rate_at_10": 0.31}  # fmt: skip
    return PreviousTraining.model_validate(then | changes)


def test_changes_since_the_previous_training_are_counted():
    now = TrainingReport(order_lines=2204, users=51, items=8)
    assert describe_changes(now, before()) == (
        "Since the previous training of 2026-10-01: 1,204 more order lines, 1 more customer, "
        "2 fewer SKUs. Then, it was 31 of 100 customers who came back; they were other "
        "customers, so a small difference means nothing."
    )
    same = TrainingReport(order_lines=1000, users=50, items=10)
    assert describe_changes(same, before(hit_rate_at_10=None, trained_at=None)) == (
        "Since the previous training: as many order lines, customers and SKUs."
    )


def test_without_customers_who_came_back_the_summary_says_that_nothing_is_known():
    live = TrainingReport(order_lines=9)
    summary = summarize(TrainingReport(order_lines=10), None, {}, [], live)
    assert summary.hits is None
    assert "it is not known how good the lists are" in summary.sentences[0]
    assert summary.sentences[1] == "Since the previous training: 1 more order line."
    assert summarize(TrainingReport(), None, {}, [], None).previous is None
