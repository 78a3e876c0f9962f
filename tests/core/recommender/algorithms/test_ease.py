import numpy as np
import pytest

from core.recommender.algorithms.ease import Ease
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import to_order_lines
from tests.support.synthetic_shops import make_sales, taste_shop

PENALTY = 20.0


def interactions(items: int = 24) -> Interactions:
    return Interactions(to_order_lines(taste_shop(users=60, items=24).purchases, items))


def closed_form(purchases: np.ndarray) -> np.ndarray:
    """Return B of the paper, with a general inversion in double precision."""
    inverse = np.linalg.inv(purchases.T @ purchases + PENALTY * np.eye(purchases.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights


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


def test_only_the_most_bought_items_are_learned_and_the_others_have_no_evidence():
    training = interactions(items=26)
    bought = training.purchase_matrix(half_life=10).toarray().astype(np.float64)
    best = np.sort(np.argsort(-bought.sum(axis=0), kind="stable")[:7])
    expected = np.zeros_like(bought)
    expected[:, best] = bought[:, best] @ closed_form(bought[:, best])
    algorithm = Ease(PENALTY, half_life=10, best_sellers=7).fit(training)
    assert algorithm.weights.shape == (7, 7)
    assert algorithm.scores(np.arange(60)) == pytest.approx(expected, abs=1e-5)


def test_a_large_matrix_is_computed_in_blocks():
    draws = np.random.default_rng(0).integers(700, size=2100).tolist()
    rows = [(f"u{n % 90}", f"{item:03}", f"o{n}", 0) for n, item in enumerate(draws)]
    training = Interactions(to_order_lines(make_sales(rows), 700))
    bought = training.purchase_matrix().toarray().astype(np.float64)
    sold = np.flatnonzero(bought.any(axis=0))
    assert Ease(PENALTY).fit(training).weights == pytest.approx(
        closed_form(bought[:, sold]), abs=1e-5
    )


def test_unsold_items_have_no_evidence():
    scores = Ease(PENALTY).fit(interactions(items=26)).scores(np.arange(60))
    assert scores.shape == (60, 26)
    assert not scores[:, 24:].any()


def test_a_block_of_users_gets_the_same_scores_as_each_user_alone():
    training = interactions()
    algorithm = Ease(PENALTY).fit(training)
    block = algorithm.scores(np.array([3, 1]))
    assert block.dtype == np.float32
    assert block[1, 5] == pytest.approx(algorithm.estimate(1, 5))
    expected = training.purchase_matrix()[3].toarray() @ algorithm.weights
    assert block[:1] == pytest.approx(expected, abs=1e-5)
