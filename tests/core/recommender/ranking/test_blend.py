import numpy as np
import pytest
from scipy import sparse

from core.recommender.algorithms.base import Algorithm
from core.recommender.ranking.best_items import best
from core.recommender.ranking.blend import (
    Blend,
    BlendWeights,
    ColdItems,
    best_with_cold,
    find_cold_items,
    standardize,
)
from tests.support.recommenders import FixedScores, make_eligibility


def zscore(scores):
    return (scores - scores.mean()) / scores.std()


def test_scores_are_standardised_over_the_eligible_items():
    scores = np.array([[1, 2, 3, 900], [5, 5, 5, 1]], np.float32)
    eligible = np.array([[True, True, True, False]] * 2)
    standardized = standardize(scores, eligible)
    spread = np.std([1, 2, 3])
    assert standardized[0, :3] == pytest.approx(np.array([-1, 0, 1]) / spread)
    assert standardized[0, 3] == pytest.approx(898 / spread)
    assert not standardized[1].any()


def test_the_best_come_first_and_ties_are_ordered_by_number():
    items, scores = best(np.array([[1, 3, 3, 2, 3]], np.float32), 4)
    assert items.tolist() == [[1, 2, 4, 3]]
    assert scores.tolist() == [[3, 3, 3, 2]]


def test_a_blend_is_the_weighted_sum_of_standardised_scores():
    a, b = FixedScores([[1, 2, 4, 0]]), FixedScores([[0, 9, 1, 3]])
    weights = BlendWeights({"a": 1.0, "b": 0.5})
    blend = Blend({"a": a, "b": b}, weights, make_eligibility(1, 4))
    expected = zscore(a.fixed[0]) + 0.5 * zscore(b.fixed[0])
    assert blend.scores(np.array([0]))[0] == pytest.approx(expected, abs=1e-6)


def test_purchases_and_disallowed_items_are_not_recommended():
    blend = Blend(
        {"a": FixedScores([[9, 8, 7, 6]])},
        BlendWeights({"a": 1.0}),
        make_eligibility(1, 4, bought=[(0, 0)], disallowed=[2]),
    )
    items, scores = blend.top(np.array([0]), 4)
    assert items[0, :2].tolist() == [1, 3]
    assert np.isneginf(scores[0, 2:]).all()


def test_an_algorithm_without_weight_is_not_evaluated():
    class Failing(Algorithm):
        def score_block(self, users):
            raise AssertionError

    blend = Blend(
        {"a": FixedScores([[1, 2]]), "b": Failing()},
        BlendWeights({"a": 1.0, "b": 0.0}),
        make_eligibility(1, 2),
    )
    assert blend.top(np.array([0]), 1)[0].tolist() == [[1]]


def test_a_cold_item_inherits_the_mean_of_the_warm_items_it_looks_like():
    similarity = np.zeros((4, 4))
    similarity[3] = [3, 1, 0, 0]  # item 3 looks like 0 and 1
    similarity[2] = [0, 0, 0, 5]  # item 2 is cold too, and looks like no warm item
    cold = find_cold_items(sparse.csr_matrix(similarity), np.array([9, 9, 0, 1]), cold_below=3)
    assert cold.items.tolist() == [2, 3]
    scores = np.array([[4.0, 0, 0, 0]])
    blend = Blend(
        {"a": FixedScores(scores)},
        BlendWeights({"a": 1.0}, cold=0.5),
        make_eligibility(1, 4),
        cold,
    )
    z = zscore(scores[0])
    inherited = 0.5 * (3 * z[0] + z[1]) / 4
    expected = [z[0], z[1], max(z[2], 0), inherited]
    assert blend.scores(np.array([0]))[0] == pytest.approx(expected, abs=1e-6)


def test_the_best_of_many_items_are_those_of_a_full_sort():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(30, 5_001)).astype(np.float32)
    scores[:, rng.random(5_001) < 0.3] = -np.inf
    scores[3] = -np.inf
    scores[3, 5_000] = 1
    items, highest = best(scores, 20)
    for user in range(30):
        assert highest[user].tolist() == np.sort(scores[user])[::-1][:20].tolist()
        assert np.array_equal(scores[user, items[user]], highest[user])
        assert len(set(items[user])) == 20


def test_cold_items_get_their_share_of_a_list_and_the_best_still_come_first():
    scores = np.array([[9, 8, 7, 6, 1, 2], [1, 2, 3, 4, 9, 8]], np.float32)
    scores = np.vstack([scores, [9, 8, 7, 6, -np.inf, -np.inf]]).astype(np.float32)
    items, highest = best_with_cold(scores, np.array([4, 5]), length=4, reserved=1)
    assert items.tolist() == [[0, 1, 2, 5], [4, 5, 3, 2], [0, 1, 2, 3]]
    assert highest.tolist() == [[9, 8, 7, 2], [9, 8, 4, 3], [9, 8, 7, 6]]


def test_spare_items_are_the_best_of_the_rest_and_do_not_change_the_list():
    scores = [[9, 8, 7, 6, 5, 4]]
    cold = ColdItems(np.array([5]), sparse.csr_matrix((6, 1)))
    parts = {"a": FixedScores(scores)}, BlendWeights({"a": 1.0}, cold=1.0)
    blend = Blend(*parts, make_eligibility(1, 6), cold, exploration_share=0.5)
    user = np.array([0])
    assert blend.top(user, 2)[0].tolist() == [[0, 5]]
    items, top_scores = blend.top(user, 2, spare=3)
    assert items.tolist() == [[0, 5, 1, 2, 3]]
    assert top_scores[0] == pytest.approx(blend.scores(user)[0, items[0]])
    assert blend.top(user, 5, spare=9)[0].tolist() == [[0, 1, 2, 5, 3, 4]]
