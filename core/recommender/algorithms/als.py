"""Matrix factorisation by alternating least squares on implicit feedback."""

import numpy as np
import threadpoolctl  # type: ignore[import-untyped]
from implicit.cpu.als import AlternatingLeastSquares

from core.recommender.algorithms.base import Algorithm, Users
from core.recommender.algorithms.factor_block import FactorBlock, ItemFactors, Vectors
from core.recommender.algorithms.score_block import ScoreBlock
from core.recommender.interactions import Interactions


class FactorModel(Algorithm):
    """A score is the dot product of a user's and an item's vector.

    `user_factors` is (users, factors), `item_factors` (items, factors).
    """

    def __init__(self, user_factors: Vectors, item_factors: Vectors) -> None:
        super().__init__()
        self.set_factors(user_factors, item_factors)

    def set_factors(self, user_factors: Vectors, item_factors: Vectors) -> None:
        """Replace the vectors of all users and items."""
        self.user_factors, self.items = user_factors, ItemFactors(item_factors)

    @property
    def item_factors(self) -> Vectors:
        """(items, factors): the vectors of all items."""
        return self.items.vectors

    def score_block(self, users: Users) -> ScoreBlock:
        """Return the dot products of users and items."""
        return FactorBlock(self.user_factors[users], self.items)


class Als(FactorModel):
    """Implicit-feedback ALS (Hu, Koren, Volinsky 2008): a missing purchase is a weak negative.

    Args:
        factors: length of the vectors.
        penalty: L2 regularisation.
        half_life: days after which a purchase counts half; None: age does not matter.
        seed: random seed of the initial factors.
    """

    def __init__(
        self,
        factors: int = 64,
        penalty: float = 10,
        half_life: float | None = None,
        seed: int = 0,
    ) -> None:
        empty = np.empty((0, factors), np.float32)
        super().__init__(empty, empty)
        self.factors, self.penalty, self.half_life, self.seed = factors, penalty, half_life, seed

    def learn(self, interactions: Interactions) -> None:
        """Fit on all threads of the training run; users and items are solved one by one.

        Only the sums over all of them are done on one thread: another order would change the lists.
        """
        with threadpoolctl.threadpool_limits(1, "blas"):
            model = AlternatingLeastSquares(self.factors, self.penalty, random_state=self.seed)
            model.fit(interactions.purchase_matrix(self.half_life), show_progress=False)
        self.set_factors(model.user_factors, model.item_factors)
