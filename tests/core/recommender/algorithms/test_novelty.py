import numpy as np
import pytest

from core.recommender.algorithms.novelty import Novelty
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import to_order_lines
from tests.support.synthetic_shops import make_sales


def fitted(rows, items):
    return Novelty().fit(Interactions(to_order_lines(make_sales(rows), items)))


def test_items_rank_by_the_time_since_their_first_sale():
    rows = [("ann", "old", "1", 0), ("bob", "old", "2", 99), ("ann", "recent", "3", 90)]
    scores = fitted([*rows, ("cy", "today", "4", 100)], 3).scores(np.array([0, 2]))
    expected = [-np.log(101), -np.log(11), 0]
    assert scores == pytest.approx(np.array([expected, expected]))


def test_an_item_without_sales_scores_as_the_average_item():
    rows = [("ann", "a", "1", 0), ("bob", "b", "2", 10)]
    scores = fitted(rows, 3).scores(np.array([0]))[0]
    assert scores[2] == pytest.approx((scores[0] + scores[1]) / 2)


def test_without_times_all_items_score_alike():
    rows = [("ann", "a", "1", 5), ("bob", "b", "2", 5)]
    assert fitted(rows, 2).scores(np.array([0])).tolist() == [[0, 0]]
