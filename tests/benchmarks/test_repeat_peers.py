"""Recommenders for shops that re-buy, against loops over the orders."""

import numpy as np
import pytest

from benchmarks.support import repeat_peers
from tests.support.small_sales import random_split

SPLIT = random_split(orders=60)
BOUGHT = SPLIT.purchases.toarray()
USERS, ITEMS = BOUGHT.shape
EVERYBODY = np.arange(USERS)


def baskets():
    """Return the baskets of each user, newest first, as 0 and 1 by item."""
    baskets = [[] for _ in range(USERS)]
    for _, lines in SPLIT.training.groupby("order", sort=True):
        basket = np.zeros(ITEMS)
        basket[lines["sku"].cat.codes] = 1
        baskets[lines["user"].cat.codes.iloc[0]].insert(0, basket)
    return baskets


def test_personal_frequency_counts_orders_and_breaks_ties_by_popularity():
    counts = np.array([sum(own) for own in baskets()])
    lines = SPLIT.training["sku"].cat.codes.value_counts().sort_index().to_numpy()
    scores = repeat_peers.personal_frequency(SPLIT)(EVERYBODY)
    assert scores == pytest.approx(counts + lines / lines.sum())


@pytest.mark.parametrize("groups", [1, 3, 100])
@pytest.mark.parametrize("neighbours", [2, 300])
def test_tifu_knn_mixes_decayed_frequencies_with_the_neighbours(monkeypatch, groups, neighbours):
    monkeypatch.setattr(repeat_peers, "NEIGHBOURS", neighbours)
    vectors = np.array([_tifu_vector(own, groups) for own in baskets()])
    expected = np.empty((USERS, ITEMS))
    for user, vector in enumerate(vectors):
        others = np.delete(vectors, user, axis=0)
        nearest = np.argsort(np.linalg.norm(others - vector, axis=1))[:neighbours]
        expected[user] = 0.7 * vector + 0.3 * others[nearest].mean(axis=0)
    scores = repeat_peers.tifu_knn(SPLIT, groups=groups, own=0.7)(EVERYBODY)
    assert scores == pytest.approx(expected)


def _tifu_vector(own, groups):
    size = -(-len(own) // groups)
    parts = [own[start : start + size] for start in range(0, len(own), size)]
    means = [sum(0.9**age * row for age, row in enumerate(part)) / size for part in parts]
    return sum(0.7**age * row for age, row in enumerate(means)) / len(means)


@pytest.mark.parametrize("recent", [1, 3, 100])
@pytest.mark.parametrize("locality", [1, 10])
def test_up_cf_spreads_recent_shares_by_the_similarity_of_customers(recent, locality):
    shares = np.array([np.mean(own[:recent], axis=0) for own in baskets()])
    expected = np.zeros((USERS, ITEMS))
    for user in range(USERS):
        for other in range(USERS):
            sizes = BOUGHT[user].sum() ** 0.25 * BOUGHT[other].sum() ** 0.75
            similarity = BOUGHT[user] @ BOUGHT[other] / sizes
            expected[user] += similarity**locality * shares[other]
    scores = repeat_peers.up_cf(SPLIT, recent=recent, locality=locality)(EVERYBODY)
    assert scores == pytest.approx(expected, rel=1e-4)  # single precision
