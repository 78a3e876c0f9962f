import numpy as np
import pytest

from core.recommender.algorithms.again import Again
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import to_order_lines
from tests.support.synthetic_shops import make_sales

ROWS = [
    ("ann", "A", "1", 0, "GB", ""),
    ("ann", "A", "1", 0, "GB", ""),
    ("ann", "B", "1", 0, "GB", ""),
    ("ann", "A", "2", 10, "GB", ""),
    ("bob", "C", "3", 20, "GB", ""),
]
ANN, BOB = 0, 1


def scores(half_life):
    interactions = Interactions(to_order_lines(make_sales(ROWS), 3))
    return Again(half_life).fit(interactions).scores(np.array([BOB, ANN]))


def test_what_a_customer_bought_in_more_orders_scores_higher():
    assert scores(None)[1] == pytest.approx(np.log1p([2, 1, 0]))


def test_what_only_others_bought_scores_nothing():
    assert scores(None)[0] == pytest.approx(np.log1p([0, 0, 1]))


def test_an_order_counts_half_after_a_half_life():
    assert scores(10)[1] == pytest.approx(np.log1p([0.5 + 0.25, 0.25, 0]))
