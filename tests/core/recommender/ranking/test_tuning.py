import numpy as np
import pytest
from scipy import sparse

from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import Exam
from core.recommender.ranking.blend import best, standardised
from core.recommender.ranking.score_pool import Pool, pool
from core.recommender.ranking.tuning import best_climb, climb, helps
from tests.core.recommender.ranking.test_blend import Fixed, rules

USERS, ITEMS, RELEVANT = 300, 400, 4


def parts(seed: int = 0):
    """Two algorithms that see what is relevant through their own noise, and one all noise."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((USERS, ITEMS), np.float32)
    for user in range(USERS):
        truth[user, rng.choice(ITEMS, RELEVANT, replace=False)] = 1

    def heard(signal):
        return Fixed(2.5 * signal + rng.normal(size=truth.shape))

    algorithms = {"one": heard(truth), "other": heard(truth), "noise": heard(0 * truth)}
    exam = Exam(np.arange(USERS), sparse.csr_matrix(truth))
    return algorithms, rules(USERS, ITEMS), exam


def test_a_pool_ranks_blends_as_all_items_do():
    algorithms, open, exam = parts()
    weights = {"one": 1.0, "other": 0.75}
    pooled = pool(algorithms, open, exam)
    total = sum(
        weight * standardised(algorithms[name].given, open.open(exam.users))
        for name, weight in weights.items()
    )
    items, _ = best(total, 10)
    hits = np.take_along_axis(exam.relevant.toarray() > 0, items, axis=1)
    expected = ranking_metrics.ndcg(hits, exam.counts, 10).mean()
    assert pooled.ndcg(pooled.blended(weights)).mean() == pytest.approx(expected, rel=0.02)


def test_what_is_closed_is_not_in_the_pool():
    algorithms, _, exam = parts()
    bought = [
        (user, item)
        for user in range(USERS)
        for item in np.flatnonzero(exam.relevant[user].toarray())
    ]
    pooled = pool(algorithms, rules(USERS, ITEMS, bought), exam)
    assert not pooled.relevant.any()


def test_climbing_adds_what_helps_and_leaves_out_noise():
    algorithms, open, exam = parts()
    pooled = pool(algorithms, open, exam)
    weights = climb(pooled, {"one": 1.0}, list(algorithms))
    assert weights["other"] == pytest.approx(weights["one"], rel=0.6)
    assert weights.get("noise", 0) <= 0.1 * weights["one"]
    alone = pooled.ndcg(pooled.blended({"one": 1.0})).mean()
    assert pooled.ndcg(pooled.blended(weights)).mean() > 1.2 * alone


def steep() -> Pool:
    """Popularity is right for six users in ten, and so loud that a little of ease is not heard."""
    users, items = 100, 20
    relevant = np.zeros((users, items), bool)
    relevant[:60, 0] = relevant[60:, 15] = True
    popularity = np.tile([30.0] * 10 + [0.0] * 10, (users, 1))
    ease = np.where(relevant, 4.0, 0.0)
    ease[:60] = np.repeat([0.0, 1.0], 10)
    values = {
        name: one.astype(np.float32) for name, one in (("popularity", popularity), ("ease", ease))
    }
    return Pool(values, relevant, np.ones(users, np.int32))


def test_where_popularity_is_best_what_the_next_best_leads_to_is_tried_as_well():
    pooled = steep()
    alone = climb(pooled, {"popularity": 1.0}, ["popularity", "ease"])
    assert alone == {"popularity": 1.0}
    assert pooled.ndcg(pooled.blended(alone)).mean() == pytest.approx(0.6)
    found = best_climb(pooled, ["popularity", "ease"])
    assert found["ease"] > 7 * found["popularity"] > 0
    assert pooled.ndcg(pooled.blended(found)).mean() == pytest.approx(1)


def test_where_there_is_nothing_but_popularity_it_is_taken():
    assert best_climb(steep(), ["popularity"]) == {"popularity": 1.0}


def test_a_gain_has_to_be_larger_than_its_error():
    steady = np.full(100, 0.01)
    wild = np.tile([1.0, -0.98], 50)
    assert helps(steady, errors=1)
    assert not helps(wild, errors=1)
    assert not helps(np.zeros(100), errors=0)
