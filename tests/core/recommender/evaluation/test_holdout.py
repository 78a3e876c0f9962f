import numpy as np
import pytest
from scipy import sparse

from core.recommender.evaluation import holdout
from core.recommender.evaluation.holdout import (
    HoldoutSet,
    build_holdout,
    item_metrics,
    overall_metrics,
    rank_users,
    user_metrics,
)
from core.recommender.evaluation.split import split
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import to_order_lines
from core.recommender.ranking.eligibility import Eligibility
from core.recommender.training_report import Metrics
from tests.support.synthetic_shops import make_sales

# Before day 90: ann bought A B, bob C. After it: ann A again, B again and C; bob A; cat B; eve E.
ROWS = [
    ("ann", "A", "1", 0),
    ("ann", "B", "1", 0),
    ("bob", "C", "2", 5),
    ("ann", "A", "3", 95),
    ("ann", "C", "3", 95),
    ("bob", "A", "4", 96),
    ("cat", "B", "5", 97),
    ("bob", "D", "6", 98),
    ("eve", "E", "7", 100),
]
A, B, C, D, E = range(5)
ANN, BOB, CAT, EVE = range(4)
LISTS = np.array([[C, B, A]] * 4)


def build(*, repurchase=False, disallowed=(D, E), max_users=99):
    parts = split(to_order_lines(make_sales(ROWS), 5), 10, 0)
    training = Interactions(parts.training)
    allowed = np.ones(5, bool)
    allowed[list(disallowed)] = False
    purchases = training.purchase_matrix()
    excluded = sparse.csr_matrix(purchases.shape) if repurchase else purchases
    eligibility = Eligibility(allowed, excluded)
    return build_holdout(training, parts.holdout, eligibility, max_users, seed=0)


def relevant_items(holdout_set: HoldoutSet) -> dict[int, list[int]]:
    rows = zip(holdout_set.users, holdout_set.relevant, strict=True)
    return {int(user): row.indices.tolist() for user, row in rows}


def fixed_lists(users, length):
    return LISTS[users][:, :length], np.zeros((len(users), length), np.float32)


def test_relevant_items_are_new_to_the_user_and_allowed():
    returning, new = build()
    assert relevant_items(returning) == {ANN: [C], BOB: [A]}
    assert relevant_items(new) == {CAT: [B]}
    assert returning.counts.tolist() == [1, 1]


def test_with_repurchase_all_items_are_relevant():
    returning, _ = build(repurchase=True, disallowed=())
    assert relevant_items(returning) == {ANN: [A, C], BOB: [A, D]}


def test_too_many_users_are_sampled():
    returning, new = build(max_users=1)
    assert len(returning.users) == len(new.users) == 1


def test_lists_are_the_same_for_any_block_size(monkeypatch):
    returning, _ = build()
    whole = rank_users(fixed_lists, returning)
    monkeypatch.setattr(holdout, "block_size", lambda _: 1)
    parts = rank_users(fixed_lists, returning)
    assert np.array_equal(whole.hits, parts.hits)
    assert whole.hits.tolist() == [[True, False, False], [False, False, True]]


def test_metrics_are_as_computed_by_hand():
    returning, _ = build()
    lists = rank_users(fixed_lists, returning)
    assert overall_metrics(lists, eligible_items=3, is_cold=np.arange(5) == C) == {
        "users": 2,
        "ndcg_at_10": pytest.approx((1 + 0.5) / 2),
        "recall_at_20": 1,
        "map_at_12": pytest.approx((1 + 1 / 3) / 2, abs=1e-5),
        "coverage_at_10": 1,
        "cold_share_at_10": pytest.approx(1 / 3, abs=1e-5),
    }
    groups = user_metrics(lists, np.array(["GB", "DE"]))
    assert {name: metrics.ndcg_at_10 for name, metrics in groups.items()} == {"GB": 1, "DE": 0.5}
    assert item_metrics(lists, returning, np.arange(5) == C) == Metrics(users=1, recall_at_20=1)
    assert item_metrics(lists, returning, np.arange(5) == E) == Metrics()
