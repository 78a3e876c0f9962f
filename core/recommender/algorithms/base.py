"""What our algorithms have in common: Surprise's frame, and scores for a block of users at once."""

from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from surprise import AlgoBase, PredictionImpossible, Trainset

from core.recommender.interactions import Interactions

Scores = NDArray[np.float32]
"""(users, items): the higher, the sooner recommended; comparable within one user only."""
Users = NDArray[np.integer[Any]]
Links: TypeAlias = sparse.csr_matrix | NDArray[np.float32]
"""(items, items): how much having bought the row's item speaks for the column's."""


class Algorithm(AlgoBase):  # type: ignore[misc]
    """An algorithm of Surprise that learns from purchases and ranks all items.

    `fit` takes any training set of Surprise; those that do not come from order lines have no
    times, orders and regions, so what builds on these sees all purchases as one.
    """

    def fit(self, trainset: Trainset) -> Self:
        """Learn."""
        super().fit(trainset)
        self.learn(Interactions.of(trainset))
        return self

    def learn(self, interactions: Interactions) -> None:
        """Keep what `scores` needs."""
        raise NotImplementedError

    def scores(self, users: Users) -> Scores:
        """Inner user ids (n,) -> float32 (n, items), a fresh array."""
        raise NotImplementedError

    def estimate(self, u: int, i: int) -> float:
        """Surprise's door: the score of one item for one user.

        Raises:
            PredictionImpossible: the user or the item is not known.
        """
        if not (self.trainset.knows_user(u) and self.trainset.knows_item(i)):
            raise PredictionImpossible("the user or the item is not known")
        return float(self.scores(np.array([u]))[0, i])


class ItemToItem(Algorithm):
    """A user's scores are the sum of the links from what the user bought."""

    links: Links

    def __init__(self, half_life: float | None = None) -> None:
        super().__init__()
        self.half_life = half_life

    def learn(self, interactions: Interactions) -> None:
        """Weigh the purchases and link the items."""
        self.bought = interactions.weighted(self.half_life)
        self.links = self.link(interactions)

    def link(self, interactions: Interactions) -> Links:
        """How much each item speaks for each other; nothing on the diagonal."""
        raise NotImplementedError

    def scores(self, users: Users) -> Scores:
        """Purchases x links."""
        product = self.bought[users] @ self.links
        dense: Scores = product.toarray() if sparse.issparse(product) else product
        return dense.astype(np.float32, copy=False)
