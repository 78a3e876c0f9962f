import math

import numpy as np
import pytest

from core.recommender.algorithms.item_knn import Neighbours, Together
from core.recommender.interactions import Interactions
from core.recommender.purchases import lines_of
from tests.support.synthetic_shops import sold, tastes

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


def test_cosine_of_who_bought_two_items_is_that_by_hand():
    links = Neighbours("cosine").fit(Interactions(lines_of(sold(ROWS), 3))).links
    assert links[A, B] == pytest.approx(2 / 2)
    assert links[A, C] == pytest.approx(1 / 2)
    assert links[A, A] == 0


def test_together_counts_orders_not_users():
    links = Together().fit(Interactions(lines_of(sold(ROWS), 3))).links
    assert links[A, B] == pytest.approx(1 / 2)
    assert links[A, C] == 0


def test_bm25_agrees_with_its_formula_in_a_loop():
    interactions = Interactions(lines_of(tastes(users=40, items=18).purchases, 18))
    links = Neighbours("bm25").fit(interactions).links.toarray()
    bought = interactions.weighted().toarray().astype(float)
    users, items = bought.shape
    length = bought.sum(axis=0) / bought.sum(axis=0).mean()
    weighed = np.zeros_like(bought)
    for user in range(users):
        rarity = math.log(items) - math.log1p((bought[user] > 0).sum())
        for item in range(items):
            often = bought[user, item]
            norm = 1.2 * (0.25 + 0.75 * length[item])
            weighed[user, item] = often * 2.2 / (norm + often) * rarity
    expected = weighed.T @ weighed
    np.fill_diagonal(expected, 0)
    assert links == pytest.approx(expected, rel=1e-4)


def test_only_the_nearest_are_kept():
    interactions = Interactions(lines_of(tastes(users=40, items=18).purchases, 18))
    few = Neighbours("cosine", nearest=4).fit(interactions).links.toarray()
    all_of_them = Neighbours("cosine").fit(interactions).links.toarray()
    for item in range(18):
        kept = np.flatnonzero(few[item])
        assert len(kept) == 4
        assert np.sort(few[item, kept]) == pytest.approx(np.sort(all_of_them[item])[-4:])


def test_recent_purchases_speak_louder_where_they_fade():
    interactions = Interactions(lines_of(sold(ROWS), 3))
    faded = Together(half_life=1).fit(interactions)
    # bob bought B two days before the end; one order of the two with each holds both
    assert faded.estimate(1, A) == pytest.approx(0.5**2 * 1 / 2)
