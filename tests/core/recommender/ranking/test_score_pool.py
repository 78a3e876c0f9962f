import numpy as np
import pytest
from scipy import sparse

from core.recommender.evaluation import ranking_metrics
from core.recommender.evaluation.holdout import HoldoutSet
from core.recommender.ranking import score_pool
from core.recommender.ranking.best_items import best
from core.recommender.ranking.blend import standardize
from core.recommender.ranking.score_pool import build_pool
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


def test_a_narrowed_pool_has_the_same_best_items_of_the_remaining_algorithms():
    algorithms, eligible, holdout = noisy_algorithms()
    pool = build_pool(algorithms, eligible, holdout)
    narrow = pool.narrow(["a", "b"])
    assert narrow.relevant.shape[1] < pool.relevant.shape[1]
    for weights in ({"a": 1.0}, {"a": 1.0, "b": 0.75}):
        wide_ndcg, narrow_ndcg = (part.ndcg(part.blend(weights)) for part in (pool, narrow))
        assert narrow_ndcg.mean() == pytest.approx(wide_ndcg.mean(), rel=0.01)
    alone = build_pool({"a": algorithms["a"]}, eligible, holdout)
    assert np.array_equal(alone.ndcg(alone.values["a"]), pool.ndcg(pool.values["a"]))


def test_the_size_of_blocks_changes_nothing(monkeypatch):
    algorithms, eligible, holdout = noisy_algorithms()
    whole = build_pool(algorithms, eligible, holdout)
    monkeypatch.setattr(score_pool, "block_size", lambda _: 7)
    parts = build_pool(algorithms, eligible, holdout)
    assert np.array_equal(whole.relevant.sum(axis=1), parts.relevant.sum(axis=1))
    blend = {"a": 1.0, "noise": 0.5}
    assert np.array_equal(whole.ndcg(whole.blend(blend)), parts.ndcg(parts.blend(blend)))
