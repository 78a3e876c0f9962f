"""Users and items as short vectors: alternating least squares."""

import threadpoolctl  # type: ignore[import-untyped]
from implicit.cpu.als import AlternatingLeastSquares

from core.recommender.algorithms.algorithm import Algorithm, Scores, Users
from core.recommender.interactions import Interactions


class Als(Algorithm):
    """Implicit-feedback ALS (Hu et al. 2008); what was not bought counts as a weak no."""

    def __init__(
        self,
        factors: int = 64,
        penalty: float = 10,
        alpha: float = 1,
        half_life: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.half_life, self.seed = half_life, seed
        self.factors, self.penalty, self.alpha = factors, penalty, alpha

    def learn(self, interactions: Interactions) -> None:
        """Fit on one thread: sums in another order would give other lists."""
        with threadpoolctl.threadpool_limits(1, "blas"):
            self.model = AlternatingLeastSquares(
                self.factors, self.penalty, self.alpha, num_threads=1, random_state=self.seed
            )
            self.model.fit(interactions.weighted(self.half_life), show_progress=False)

    def scores(self, users: Users) -> Scores:
        """Dot products."""
        scores: Scores = self.model.user_factors[users] @ self.model.item_factors.T
        return scores
