"""Users and items as short vectors: alternating least squares."""

import numpy as np
import threadpoolctl  # type: ignore[import-untyped]
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray

from core.recommender.algorithms.base import Algorithm, Scores, Users
from core.recommender.interactions import Interactions

Vectors = NDArray[np.float32]


class Factors(Algorithm):
    """What is learned are vectors: a score is the dot product of a user's and an item's.

    Args:
        of_users: (users, factors).
        of_items: (items, factors).
    """

    def __init__(self, of_users: Vectors, of_items: Vectors) -> None:
        super().__init__()
        self.of_users, self.of_items = of_users, of_items

    def scores(self, users: Users) -> Scores:
        """Dot products."""
        scores: Scores = self.of_users[users] @ self.of_items.T
        return scores


class Als(Factors):
    """Implicit-feedback ALS (Hu et al. 2008); what was not bought counts as a weak no."""

    def __init__(
        self,
        factors: int = 64,
        penalty: float = 10,
        alpha: float = 1,
        half_life: float | None = None,
        seed: int = 0,
    ) -> None:
        none = np.empty((0, factors), np.float32)
        super().__init__(none, none)
        self.half_life, self.seed = half_life, seed
        self.factors, self.penalty, self.alpha = factors, penalty, alpha

    def learn(self, interactions: Interactions) -> None:
        """Fit on one thread: sums in another order would give other lists."""
        with threadpoolctl.threadpool_limits(1, "blas"):
            model = AlternatingLeastSquares(
                self.factors, self.penalty, self.alpha, num_threads=1, random_state=self.seed
            )
            model.fit(interactions.weighted(self.half_life), show_progress=False)
        self.of_users, self.of_items = model.user_factors, model.item_factors
