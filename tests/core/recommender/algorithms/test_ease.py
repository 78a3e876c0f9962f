import numpy as np
import pytest

from core.recommender.algorithms.ease import Ease
from core.recommender.interactions import Interactions
from core.recommender.purchases import lines_of
from tests.support.synthetic_shops import tastes

PENALTY = 20.0


def learned(items: int = 24) -> Interactions:
    return Interactions(lines_of(tastes(users=60, items=24).purchases, items))


def test_links_are_the_ridge_regressions_of_each_item_on_all_others():
    interactions = learned()
    links = Ease(PENALTY).fit(interactions).links
    bought = interactions.weighted().toarray().astype(np.float64)
    for item in range(bought.shape[1]):
        others = np.delete(np.arange(bought.shape[1]), item)
        x, y = bought[:, others], bought[:, item]
        expected = np.linalg.solve(x.T @ x + PENALTY * np.eye(len(others)), x.T @ y)
        assert links[others, item] == pytest.approx(expected, abs=1e-5)
        assert links[item, item] == 0


def test_items_never_sold_are_linked_to_nothing():
    links = Ease(PENALTY).fit(learned(items=26)).links
    assert links.shape == (26, 26)
    assert not links[24:].any()
    assert not links[:, 24:].any()


def test_a_block_of_users_is_scored_as_each_of_them_is():
    interactions = learned()
    algorithm = Ease(PENALTY).fit(interactions)
    block = algorithm.scores(np.array([3, 1]))
    assert block.dtype == np.float32
    assert block[1, 5] == pytest.approx(algorithm.estimate(1, 5))
    expected = interactions.weighted()[3].toarray() @ algorithm.links
    assert block[:1] == pytest.approx(expected, abs=1e-5)
