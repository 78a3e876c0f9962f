import numpy as np
import pytest
from scipy import sparse

from core.recommender.algorithms.als import Als
from core.recommender.algorithms.sampled_svd import ZEROS, OnesAndZeros, SampledSvd
from core.recommender.interactions import Interactions
from core.recommender.purchases import lines_of
from tests.support.synthetic_shops import tastes

SHOP = tastes(users=120, items=60, kinds=3)


def learned() -> Interactions:
    return Interactions(lines_of(SHOP.purchases, 60))


def of_their_kind(algorithm) -> float:
    """The share of the loved kind among the ten best items that a user has not bought."""
    interactions = learned()
    bought = interactions.weighted().toarray() > 0
    scores = np.where(bought, -np.inf, algorithm.scores(np.arange(interactions.n_users)))
    kinds = np.array([SHOP.kind[sku] for sku in SHOP.purchases.skus])
    loved = np.array([int(user[1:]) % 3 for user in SHOP.purchases.users])
    best = np.argsort(-scores, axis=1)[:, :10]
    return float((kinds[best] == loved[:, None]).mean())


def test_als_finds_the_kind_a_user_loves():
    assert of_their_kind(Als(factors=8).fit(learned())) > 0.8


def test_svd_with_sampled_zeros_finds_the_kind_a_user_loves():
    assert of_their_kind(SampledSvd(factors=8, epochs=60).fit(learned())) > 0.8


@pytest.mark.parametrize("make", [Als, SampledSvd])
def test_the_same_seed_gives_the_same_scores_and_another_does_not(make):
    users = np.arange(120)
    first, again, other = (make(seed=seed).fit(learned()).scores(users) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_svd_scores_as_surprise_estimates():
    algorithm = SampledSvd(factors=4, epochs=5).fit(learned())
    differences = [
        algorithm.estimate(user, item) - algorithm.model.qi[item] @ algorithm.model.pu[user]
        for user, item in [(0, 0), (5, 0)]
    ]
    assert differences == pytest.approx([algorithm.model.bi[0]] * 2, abs=1e-5)


def test_zeros_are_sampled_from_what_was_not_bought():
    bought = sparse.csr_matrix(np.array([[1, 1, 0, 0], [0, 0, 0, 1]], np.float32))
    rated = list(OnesAndZeros(bought, np.random.default_rng(0)).all_ratings())
    ones = sorted((user, item) for user, item, rating in rated if rating == 1)
    zeros = {(user, item) for user, item, rating in rated if rating == 0}
    assert ones == [(0, 0), (0, 1), (1, 3)]
    assert zeros <= {(0, 2), (0, 3), (1, 0), (1, 1), (1, 2)}
    assert 0 < len(rated) - len(ones) <= ZEROS * 3
