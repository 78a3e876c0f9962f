import numpy as np
import pytest
from scipy import sparse

from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import HoldoutSet
from core.recommender.ranking.best_items import best
from core.recommender.ranking.blend import standardize
from core.recommender.ranking.score_pool import ScorePool, build_pool
from core.recommender.ranking.tuning import (
    best_coordinate_ascent,
    coordinate_ascent,
    is_significant_gain,
)
from tests.support.recommenders import FixedScores, make_eligibility

USERS, ITEMS, RELEVANT = 300, 400, 4


def noisy_algorithms(seed: int = 0):
    """Two algorithms that see the relevant items through noise, and one that is all noise."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((USERS, ITEMS), np.float32)
    for user in range(USERS):
        truth[user, rng.choice(ITEMS, RELEVANT, replace=False)] = 1

    def add_noise(signal):
        return FixedScores(2.5 * signal + rng.normal(size=truth.shape))

    algorithms = {"a": add_noise(truth), "b": add_noise(truth), "noise": add_noise(0 * truth)}
    holdout = HoldoutSet(np.arange(USERS), sparse.csr_matrix(truth))
    return algorithms, make_eligibility(USERS, ITEMS), holdout


def test_a_pool_ranks_blends_as_all_items_do():
    algorithms, eligible, holdout = noisy_algorithms()
    weights = {"a": 1.0, "b": 0.75}
    pool = build_pool(algorithms, eligible, holdout)
    total = sum(
        weight * standardize(algorithms[name].fixed, eligible.mask(holdout.users))
        for name, weight in weights.items()
    )
    items, _ = best(total, 10)
    hits = np.take_along_axis(holdout.relevant.toarray() > 0, items, axis=1)
    expected = ranking_metrics.ndcg(hits, holdout.counts, 10).mean()
    assert pool.ndcg(pool.blend(weights)).mean() == pytest.approx(expected, rel=0.02)


def test_ineligible_items_are_not_in_the_pool():
    algorithms, _, holdout = noisy_algorithms()
    bought = [
        (user, item)
        for user in range(USERS)
        for item in np.flatnonzero(holdout.relevant[user].toarray())
    ]
    pool = build_pool(algorithms, make_eligibility(USERS, ITEMS, bought), holdout)
    assert not pool.relevant.any()


def test_coordinate_ascent_adds_signal_and_leaves_out_noise():
    algorithms, eligible, holdout = noisy_algorithms()
    pool = build_pool(algorithms, eligible, holdout)
    weights = coordinate_ascent(pool, {"a": 1.0}, list(algorithms))
    assert weights["b"] == pytest.approx(weights["a"], rel=0.6)
    assert weights.get("noise", 0) <= 0.1 * weights["a"]
    alone = pool.ndcg(pool.blend({"a": 1.0})).mean()
    assert pool.ndcg(pool.blend(weights)).mean() > 1.2 * alone


def local_optimum() -> ScorePool:
    """Popularity is right for 60 % of users, and its large scores drown a small weight of EASE."""
    users, items = 100, 20
    relevant = np.zeros((users, items), bool)
    relevant[:60, 0] = relevant[60:, 15] = True
    popularity = np.tile([30.0] * 10 + [0.0] * 10, (users, 1))
    ease = np.where(relevant, 4.0, 0.0)
    ease[:60] = np.repeat([0.0, 1.0], 10)
    values = {"popularity": popularity.astype(np.float32), "ease": ease.astype(np.float32)}
    return ScorePool(values, relevant, np.ones(users, np.int32))


def test_where_popularity_is_best_the_ascent_from_the_next_best_is_tried_as_well():
    pool = local_optimum()
    alone = coordinate_ascent(pool, {"popularity": 1.0}, ["popularity", "ease"])
    assert alone == {"popularity": 1.0}
    assert pool.ndcg(pool.blend(alone)).mean() == pytest.approx(0.6)
    weights = best_coordinate_ascent(pool, ["popularity", "ease"])
    assert weights["ease"] > 7 * weights["popularity"] > 0
    assert pool.ndcg(pool.blend(weights)).mean() == pytest.approx(1)


def test_popularity_alone_gets_all_weight():
    assert best_coordinate_ascent(local_optimum(), ["popularity"]) == {"popularity": 1.0}


def test_a_gain_has_to_be_larger_than_its_standard_error():
    steady = np.full(100, 0.01)
    erratic = np.tile([1.0, -0.98], 50)
    assert is_significant_gain(steady, standard_errors=1)
    assert not is_significant_gain(erratic, standard_errors=1)
    assert not is_significant_gain(np.zeros(100), standard_errors=0)
