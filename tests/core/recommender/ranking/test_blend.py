import numpy as np
import pytest
from scipy import sparse

from core.recommender.algorithms.base import Algorithm
from core.recommender.ranking.blend import Blend, Weights, best, cold_items, standardised, with_cold
from core.recommender.ranking.eligibility import Rules


class Fixed(Algorithm):
    """Scores as given."""

    def __init__(self, given) -> None:
        self.given = np.array(given, np.float32)

    def scores(self, users):
        return self.given[users]


def rules(users: int, items: int, bought=(), closed=()) -> Rules:
    allowed = np.ones(items, bool)
    allowed[list(closed)] = False
    left_out = np.zeros((users, items), np.float32)
    for user, item in bought:
        left_out[user, item] = 1
    return Rules(allowed, sparse.csr_matrix(left_out))


def test_scores_are_standardised_over_what_is_open_to_the_user():
    scores = np.array([[1, 2, 3, 900], [5, 5, 5, 1]], np.float32)
    open = np.array([[True, True, True, False]] * 2)
    found = standardised(scores, open)
    spread = np.std([1, 2, 3])
    assert found[0, :3] == pytest.approx(np.array([-1, 0, 1]) / spread)
    assert found[0, 3] == pytest.approx(898 / spread)
    assert not found[1].any()


def test_the_best_come_first_and_equal_ones_by_their_number():
    items, scores = best(np.array([[1, 3, 3, 2, 3]], np.float32), 4)
    assert items.tolist() == [[1, 2, 4, 3]]
    assert scores.tolist() == [[3, 3, 3, 2]]


def test_a_blend_is_the_weighted_sum_of_standard_scores():
    a, b = Fixed([[1, 2, 4, 0]]), Fixed([[0, 9, 1, 3]])
    blend = Blend(
        {"a": a, "b": b}, Weights({"a": 1.0, "b": 0.5}, {}), rules(1, 4), np.zeros(1, bool)
    )
    z = [(one.given[0] - one.given[0].mean()) / one.given[0].std() for one in (a, b)]
    assert blend.scores(np.array([0]))[0] == pytest.approx(z[0] + 0.5 * z[1], abs=1e-6)


def test_thin_users_have_weights_of_their_own():
    same = [[1, 2, 3]] * 2
    turned = [[3, 2, 1]] * 2
    blend = Blend(
        {"usual": Fixed(same), "looks": Fixed(turned)},
        Weights({"usual": 1.0}, {"looks": 1.0}),
        rules(2, 3),
        np.array([False, True]),
    )
    assert blend.top(np.array([0, 1]), 1)[0].ravel().tolist() == [2, 0]


def test_nothing_bought_and_nothing_closed_is_recommended():
    blend = Blend(
        {"a": Fixed([[9, 8, 7, 6]])},
        Weights({"a": 1.0}, {"a": 1.0}),
        rules(1, 4, bought=[(0, 0)], closed=[2]),
        np.zeros(1, bool),
    )
    items, scores = blend.top(np.array([0]), 4)
    assert items[0, :2].tolist() == [1, 3]
    assert np.isneginf(scores[0, 2:]).all()


def test_an_algorithm_without_weight_is_not_asked():
    class Silent(Algorithm):
        def scores(self, users):
            raise AssertionError

    blend = Blend(
        {"a": Fixed([[1, 2]]), "b": Silent()},
        Weights({"a": 1.0, "b": 0.0}, {"a": 1.0}),
        rules(1, 2),
        np.zeros(1, bool),
    )
    assert blend.top(np.array([0]), 1)[0].tolist() == [[1]]


def test_a_cold_item_inherits_the_mean_of_the_warm_items_it_looks_like():
    likeness = np.zeros((4, 4))
    likeness[3] = [3, 1, 0, 0]  # item 3 looks like 0 and 1; item 2 is cold too, and like nothing
    likeness[2] = [0, 0, 0, 5]
    heirs = cold_items(sparse.csr_matrix(likeness), np.array([9, 9, 0, 1]), cold_below=3)
    assert heirs.items.tolist() == [2, 3]
    given = np.array([[4.0, 0, 0, 0]])
    blend = Blend(
        {"a": Fixed(given)},
        Weights({"a": 1.0}, {"a": 1.0}, cold=0.5),
        rules(1, 4),
        np.zeros(1, bool),
        heirs,
    )
    z = (given[0] - given.mean()) / given.std()
    inherited = 0.5 * (3 * z[0] + z[1]) / 4
    expected = [z[0], z[1], max(z[2], 0), inherited]
    assert blend.scores(np.array([0]))[0] == pytest.approx(expected, abs=1e-6)


def test_the_best_of_many_items_are_those_of_a_full_sort():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(30, 5_001)).astype(np.float32)
    scores[:, rng.random(5_001) < 0.3] = -np.inf
    scores[3] = -np.inf
    scores[3, 5_000] = 1
    items, found = best(scores, 20)
    for user in range(30):
        assert found[user].tolist() == np.sort(scores[user])[::-1][:20].tolist()
        assert np.array_equal(scores[user, items[user]], found[user])
        assert len(set(items[user])) == 20


def test_cold_items_have_their_share_of_a_list_and_the_best_still_come_first():
    scores = np.array([[9, 8, 7, 6, 1, 2], [1, 2, 3, 4, 9, 8]], np.float32)
    scores = np.vstack([scores, [9, 8, 7, 6, -np.inf, -np.inf]]).astype(np.float32)
    items, found = with_cold(scores, np.array([4, 5]), length=4, places=1)
    assert items.tolist() == [[0, 1, 2, 5], [4, 5, 3, 2], [0, 1, 2, 3]]
    assert found.tolist() == [[9, 8, 7, 2], [9, 8, 4, 3], [9, 8, 7, 6]]
