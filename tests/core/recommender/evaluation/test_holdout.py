import numpy as np
import pytest

from core.recommender.evaluation import holdout
from core.recommender.evaluation.holdout import (
    Exam,
    answer,
    by_items,
    by_users,
    exams,
    figures,
)
from core.recommender.evaluation.split import split
from core.recommender.interactions import Interactions
from core.recommender.purchases import lines_of
from core.recommender.ranking.eligibility import rules_of
from tests.support.synthetic_shops import sold

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


def held(*, repeat=False, closed=(D, E), most=99):
    parts = split(lines_of(sold(ROWS), 5), 10, 0)
    learned = Interactions(parts.learned)
    allowed = np.ones(5, bool)
    allowed[list(closed)] = False
    rules = rules_of(learned, allowed, repeat=repeat)
    return exams(learned, parts.held, rules, most, seed=0)


def asked(exam: Exam) -> dict[int, list[int]]:
    return {
        int(user): row.indices.tolist() for user, row in zip(exam.users, exam.relevant, strict=True)
    }


def test_returning_users_are_asked_for_what_is_new_to_them_and_allowed():
    returning, new = held()
    assert asked(returning) == {ANN: [C], BOB: [A]}
    assert asked(new) == {CAT: [B]}
    assert returning.counts.tolist() == [1, 1]


def test_where_purchases_repeat_they_are_asked_for_all():
    returning, _ = held(repeat=True, closed=())
    assert asked(returning) == {ANN: [A, C], BOB: [A, D]}


def test_more_users_than_wanted_are_drawn_down():
    returning, new = held(most=1)
    assert len(returning.users) == len(new.users) == 1


def test_answers_are_the_same_in_any_blocks(monkeypatch):
    returning, _ = held()
    lists = np.array([[C, B, A]] * 4)

    def top(users, length):
        return lists[users][:, :length], np.zeros((len(users), length), np.float32)

    whole = answer(top, returning)
    monkeypatch.setattr(holdout, "BLOCK", 1)
    parts = answer(top, returning)
    assert np.array_equal(whole.hits, parts.hits)
    assert whole.hits.tolist() == [[True, False, False], [False, False, True]]


def test_figures_are_those_of_a_hand_made_table():
    returning, _ = held()
    lists = np.array([[C, B, A]] * 4)
    answers = answer(lambda users, length: (lists[users], None), returning)
    found = figures(answers, open_items=3)
    assert found["users"] == 2
    assert found["ndcg@10"] == pytest.approx((1 + 0.5) / 2)
    assert found["recall@20"] == 1
    assert found["map@12"] == pytest.approx((1 + 1 / 3) / 2, abs=1e-5)
    assert found["coverage@10"] == 1
    groups = by_users(answers, np.array(["GB", "DE"]))
    assert {name: row["ndcg@10"] for name, row in groups.items()} == {"GB": 1, "DE": 0.5}
    only_c = np.arange(5) == C
    assert by_items(answers, returning, only_c) == {"users": 1, "recall@20": 1}
