"""Base classes of the algorithms: Surprise's interface, plus scores for blocks of users."""

from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from surprise import AlgoBase, PredictionImpossible, Trainset

from core.recommender.algorithms.score_block import ScoreBlock, Scores
from core.recommender.algorithms.sparse_block import to_block
from core.recommender.interactions import Interactions

Users = NDArray[np.integer[Any]]
ItemWeights: TypeAlias = sparse.csr_matrix | NDArray[np.float32]
"""(items, items): how strongly a purchase of the row's item suggests the column's item."""


class Algorithm(AlgoBase):  # type: ignore[misc]
    """A Surprise algorithm that learns from purchases and scores all items.

    `fit` accepts any training set of Surprise. Without order lines, times and regions are unknown,
    and each user's purchases form one order.
    """

    def fit(self, trainset: Trainset) -> Self:
        """Fit the algorithm."""
        super().fit(trainset)
        self.learn(Interactions.from_trainset(trainset))
        return self

    def learn(self, interactions: Interactions) -> None:
        """Compute the data that `scores` needs."""
        raise NotImplementedError

    def score_block(self, users: Users) -> ScoreBlock:
        """Return the scores of all items for a block of users; `users` is (n,)."""
        raise NotImplementedError

    def scores(self, users: Users) -> Scores:
        """Return the scores of all items, as a new float32 array (n, items); `users` is (n,)."""
        return self.score_block(users).toarray()

    def estimate(self, u: int, i: int) -> float:
        """Return the score of one item for one user; Surprise's `predict` calls this method.

        Raises:
            PredictionImpossible: the user or the item is unknown.
        """
        if not (self.trainset.knows_user(u) and self.trainset.knows_item(i)):
            raise PredictionImpossible("the user or the item is unknown")
        return float(self.scores(np.array([u]))[0, i])


class ItemToItem(Algorithm):
    """Scores an item by the sum of its weights from the user's purchases."""

    def __init__(self, half_life: float | None = None) -> None:
        super().__init__()
        self.half_life = half_life

    def learn(self, interactions: Interactions) -> None:
        """Weight purchases by age and compute the item weights."""
        self.purchases = interactions.purchase_matrix(self.half_life)
        self.weights = self.item_weights(interactions)

    def item_weights(self, interactions: Interactions) -> ItemWeights:
        """Return (items, items) with zeros on the diagonal."""
        raise NotImplementedError

    def score_block(self, users: Users) -> ScoreBlock:
        """Return purchases x item weights."""
        return to_block(self.purchases[users] @ self.weights)
