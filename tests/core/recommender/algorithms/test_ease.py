import numpy as np
import pytest

from core.recommender.algorithms.ease import Ease
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import to_order_lines
from tests.support.synthetic_shops import taste_shop

PENALTY = 20.0


def interactions(items: int = 24) -> Interactions:
    return Interactions(to_order_lines(taste_shop(users=60, items=24).purchases, items))


def test_weights_are_the_ridge_regressions_of_each_item_on_all_others():
    training = interactions()
    weights = Ease(PENALTY).fit(training).weights
    bought = training.purchase_matrix().toarray().astype(np.float64)
    for item in range(bought.shape[1]):
        others = np.delete(np.arange(bought.shape[1]), item)
        x, y = bought[:, others], bought[:, item]
        expected = np.linalg.solve(x.T @ x + PENALTY * np.eye(len(others)), x.T @ y)
        assert weights[others, item] == pytest.approx(expected, abs=1e-5)
        assert weights[item, item] == 0


def test_unsold_items_have_no_weights():
    weights = Ease(PENALTY).fit(interactions(items=26)).weights
    assert weights.shape == (26, 26)
    assert not weights[24:].any()
    assert not weights[:, 24:].any()


def test_a_block_of_users_gets_the_same_scores_as_each_user_alone():
    training = interactions()
    algorithm = Ease(PENALTY).fit(training)
    block = algorithm.scores(np.array([3, 1]))
    assert block.dtype == np.float32
    assert block[1, 5] == pytest.approx(algorithm.estimate(1, 5))
    expected = training.purchase_matrix()[3].toarray() @ algorithm.weights
    assert block[:1] == pytest.approx(expected, abs=1e-5)
