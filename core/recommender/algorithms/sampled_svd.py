"""Surprise's SVD, taught what a no is: each purchase comes with sampled items not bought."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from surprise import SVD, Trainset

from core.recommender.algorithms.base import Algorithm, Scores, Users
from core.recommender.interactions import Interactions

ZEROS = 4


class SampledSvd(Algorithm):
    """`surprise.SVD` on ones and zeros; on ones alone it ranks worse than chance."""

    def __init__(self, factors: int = 32, epochs: int = 20, seed: int = 0) -> None:
        super().__init__()
        self.seed = seed
        self.model = SVD(n_factors=factors, n_epochs=epochs, lr_all=0.01, random_state=seed)

    def learn(self, interactions: Interactions) -> None:
        """Sample, then descend."""
        rng = np.random.default_rng(self.seed)
        self.model.fit(OnesAndZeros(interactions.weighted(), rng))

    def scores(self, users: Users) -> Scores:
        """Dot products and biases; not clipped to a scale, which would tie the best items."""
        scores = self.model.pu[users] @ self.model.qi.T + self.model.bi
        return np.asarray(scores, np.float32)


class OnesAndZeros(Trainset):  # type: ignore[misc]
    """Every pair once as a one, and beside it pairs that were not bought, in a shuffled order."""

    def __init__(self, bought: sparse.csr_matrix, rng: np.random.Generator) -> None:
        self.n_users, self.n_items = bought.shape
        ones = bought.tocoo()
        users = np.repeat(ones.row, 1 + ZEROS)
        items = rng.integers(self.n_items, size=len(users))
        items[:: 1 + ZEROS] = ones.col
        rated = np.zeros(len(users))
        rated[:: 1 + ZEROS] = 1
        kept = rng.permutation(np.flatnonzero((rated > 0) | ~_among(users, items, bought)))
        self._columns = [column[kept].tolist() for column in (users, items, rated)]

    @property
    def global_mean(self) -> float:
        """The share of ones."""
        return float(np.mean(self._columns[2]))

    def all_ratings(self) -> Iterator[tuple[int, int, float]]:
        """Yield user, item, and 1 or 0."""
        return zip(*self._columns, strict=True)


def _among(
    users: NDArray[np.int32], items: NDArray[np.int64], bought: sparse.csr_matrix
) -> NDArray[np.bool_]:
    return np.asarray(bought[users, items] > 0).ravel()
