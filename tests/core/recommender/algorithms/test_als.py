import numpy as np
import pytest
from scipy import sparse

from core.recommender.algorithms.als import Als
from core.recommender.algorithms.sampled_svd import NEGATIVES, NegativeSampledTrainset, SampledSvd
from tests.support.recommenders import share_of_loved_kind, small_interactions


def test_als_finds_the_kind_a_user_loves():
    assert share_of_loved_kind(Als(factors=8).fit(small_interactions())) > 0.8


def test_svd_with_sampled_negatives_finds_the_kind_a_user_loves():
    assert share_of_loved_kind(SampledSvd(factors=8, epochs=60).fit(small_interactions())) > 0.8


@pytest.mark.parametrize("make", [Als, SampledSvd])
def test_the_same_seed_gives_the_same_scores_and_another_does_not(make):
    users = np.arange(120)
    first, again, other = (
        make(seed=seed).fit(small_interactions()).scores(users) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_svd_scores_as_surprise_estimates():
    algorithm = SampledSvd(factors=4, epochs=5).fit(small_interactions())
    differences = [
        algorithm.estimate(user, item) - algorithm.model.qi[item] @ algorithm.model.pu[user]
        for user, item in [(0, 0), (5, 0)]
    ]
    assert differences == pytest.approx([algorithm.model.bi[0]] * 2, abs=1e-5)


def test_negatives_are_sampled_from_items_that_were_not_bought():
    bought = sparse.csr_matrix(np.array([[1, 1, 0, 0], [0, 0, 0, 1]], np.float32))
    ratings = list(NegativeSampledTrainset(bought, np.random.default_rng(0)).all_ratings())
    positives = sorted((user, item) for user, item, rating in ratings if rating == 1)
    negatives = {(user, item) for user, item, rating in ratings if rating == 0}
    assert positives == [(0, 0), (0, 1), (1, 3)]
    assert negatives <= {(0, 2), (0, 3), (1, 0), (1, 1), (1, 2)}
    assert 0 < len(ratings) - len(positives) <= NEGATIVES * 3
