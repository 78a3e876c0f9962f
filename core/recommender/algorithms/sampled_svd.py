"""Surprise's SVD with negative sampling: for each purchase, a few items not bought are added."""

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from surprise import SVD, Trainset

from core.recommender.algorithms.base import Algorithm, Users
from core.recommender.algorithms.score_block import ScoreBlock
from core.recommender.algorithms.sparse_block import to_block
from core.recommender.interactions import Interactions

NEGATIVES = 4  # drawn for each purchase


class SampledSvd(Algorithm):
    """`surprise.SVD` with sampled negatives; trained on purchases alone, SVD ranks below chance."""

    def __init__(self, factors: int = 32, epochs: int = 20, seed: int = 0) -> None:
        super().__init__()
        self.seed = seed
        self.model = SVD(n_factors=factors, n_epochs=epochs, lr_all=0.01, random_state=seed)

    def learn(self, interactions: Interactions) -> None:
        """Sample negatives and run SGD."""
        rng = np.random.default_rng(self.seed)
        self.model.fit(NegativeSampledTrainset(interactions.purchase_matrix(), rng))

    def score_block(self, users: Users) -> ScoreBlock:
        """Return dot products plus item biases, unclipped: clipping would tie the best items."""
        return to_block(self.model.pu[users] @ self.model.qi.T + self.model.bi)


class NegativeSampledTrainset(Trainset):  # type: ignore[misc]
    """All purchases, rated 1, and sampled pairs without a purchase, rated 0, in random order."""

    def __init__(self, purchases: sparse.csr_matrix, rng: np.random.Generator) -> None:
        self.n_users, self.n_items = purchases.shape
        positives = purchases.tocoo()
        users = np.repeat(positives.row, 1 + NEGATIVES)
        items = rng.integers(self.n_items, size=len(users))
        items[:: 1 + NEGATIVES] = positives.col
        ratings = np.zeros(len(users))
        ratings[:: 1 + NEGATIVES] = 1
        bought = np.asarray(purchases[users, items] > 0).ravel()
        valid = (ratings > 0) | ~bought
        rows = rng.permutation(np.flatnonzero(valid))
        self._columns = [column[rows].tolist() for column in (users, items, ratings)]

    @property
    def global_mean(self) -> float:
        """Mean rating, which is the share of purchases among all pairs."""
        return float(np.mean(self._columns[2]))

    def all_ratings(self) -> Iterator[tuple[int, int, float]]:
        """Yield the user, the item and the rating (1 or 0) of each pair."""
        return zip(*self._columns, strict=True)
