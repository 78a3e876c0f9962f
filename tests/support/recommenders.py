"""Settings, algorithms and measures that several tests of the recommender share."""

import numpy as np
from scipy import sparse

from core.recommendations import Recommendation
from core.recommender.algorithms.base import Algorithm
from core.recommender.algorithms.sparse_block import to_block
from core.recommender.interactions import Interactions
from core.recommender.options import RecommenderSettings
from core.recommender.order_line_arrays import to_order_lines
from core.recommender.ranking.eligibility import Eligibility
from core.recommender.ranking.lists import TrainedRecommender
from tests.support.synthetic_shops import skus_of, taste_shop, users_of

SETTINGS = RecommenderSettings(svd_max_pairs=1, list_length=10, threads=1)
SMALL_SHOP = taste_shop(users=120, items=60, kinds=3)


def lists_by_user(recommender: TrainedRecommender, size=100) -> dict[str, list[Recommendation]]:
    """Return the lists without the spare items that are published in addition."""
    length = recommender.settings.list_length
    lists = published_lists(recommender, size)
    return {user: items[:length] for user, items in lists.items()}


def published_lists(recommender: TrainedRecommender, size=100) -> dict[str, list[Recommendation]]:
    """Return the lists as they are published."""
    blocks = range(-(-len(recommender.users) // size))
    return dict(row for number in blocks for row in recommender.block(number, size))


class FixedScores(Algorithm):
    """Returns fixed scores (users, items)."""

    def __init__(self, fixed) -> None:
        self.fixed = np.array(fixed, np.float32)

    def score_block(self, users):
        return to_block(self.fixed[users])


def make_eligibility(users: int, items: int, bought=(), disallowed=()) -> Eligibility:
    """Return an eligibility without these (user, item) pairs and these items."""
    allowed = np.ones(items, bool)
    allowed[list(disallowed)] = False
    excluded = np.zeros((users, items), np.float32)
    for user, item in bought:
        excluded[user, item] = 1
    return Eligibility(allowed, sparse.csr_matrix(excluded))


def small_interactions() -> Interactions:
    return Interactions(to_order_lines(SMALL_SHOP.purchases, 60))


def share_of_loved_kind(algorithm) -> float:
    """The share of the loved kind among the ten best items that a user has not bought."""
    training = small_interactions()
    bought = training.purchase_matrix().toarray() > 0
    scores = np.where(bought, -np.inf, algorithm.scores(np.arange(training.n_users)))
    kinds = np.array([SMALL_SHOP.kind[sku] for sku in skus_of(SMALL_SHOP.purchases)])
    loved = np.array([int(user[1:]) % 3 for user in users_of(SMALL_SHOP.purchases)])
    best = np.argsort(-scores, axis=1)[:, :10]
    return float((kinds[best] == loved[:, None]).mean())
