import math

import numpy as np
import pytest

from core.recommender.algorithms import item_knn
from core.recommender.algorithms.item_knn import BasketKnn, ItemKnn
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import to_order_lines
from tests.support.synthetic_shops import make_sales, taste_shop

# ann: A B / bob: A B C / cat: C
ROWS = [
    ("ann", "A", "1", 0),
    ("ann", "B", "2", 1),
    ("bob", "A", "3", 2),
    ("bob", "B", "3", 2),
    ("bob", "C", "4", 3),
    ("cat", "C", "5", 4),
]
A, B, C = 0, 1, 2


def test_cosine_of_the_buyers_of_two_items_is_as_computed_by_hand():
    weights = ItemKnn("cosine").fit(Interactions(to_order_lines(make_sales(ROWS), 3))).weights
    assert weights[A, B] == pytest.approx(2 / 2)
    assert weights[A, C] == pytest.approx(1 / 2)
    assert weights[A, A] == 0


def test_basket_knn_counts_orders_not_users():
    weights = BasketKnn().fit(Interactions(to_order_lines(make_sales(ROWS), 3))).weights
    assert weights[A, B] == pytest.approx(1 / 2)
    assert weights[A, C] == 0


def test_bm25_agrees_with_its_formula_in_a_loop():
    interactions = Interactions(to_order_lines(taste_shop(users=40, items=18).purchases, 18))
    weights = ItemKnn("bm25").fit(interactions).weights.toarray()
    bought = interactions.purchase_matrix().toarray().astype(float)
    users, items = bought.shape
    length = bought.sum(axis=0) / bought.sum(axis=0).mean()
    weighed = np.zeros_like(bought)
    for user in range(users):
        rarity = math.log(items) - math.log1p((bought[user] > 0).sum())
        for item in range(items):
            frequency = bought[user, item]
            norm = 1.2 * (0.25 + 0.75 * length[item])
            weighed[user, item] = frequency * 2.2 / (norm + frequency) * rarity
    expected = weighed.T @ weighed
    np.fill_diagonal(expected, 0)
    assert weights == pytest.approx(expected, rel=1e-4)


def test_only_the_nearest_are_kept(monkeypatch):
    interactions = Interactions(to_order_lines(taste_shop(users=40, items=18).purchases, 18))
    full = ItemKnn("cosine").fit(interactions).weights.toarray()
    monkeypatch.setattr(item_knn, "NEIGHBOURS", 4)
    few = ItemKnn("cosine").fit(interactions).weights.toarray()
    for item in range(18):
        nearest = np.flatnonzero(few[item])
        assert len(nearest) == 4
        assert np.sort(few[item, nearest]) == pytest.approx(np.sort(full[item])[-4:])


def test_with_a_half_life_recent_purchases_count_more():
    interactions = Interactions(to_order_lines(make_sales(ROWS), 3))
    faded = BasketKnn(half_life=1).fit(interactions)
    # bob bought B two days before the end; one order of the two with each holds both
    assert faded.estimate(1, A) == pytest.approx(0.5**2 * 1 / 2)
