"""EASE: which linear model from items to items tells a user's purchases best from the others?"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from core.recommender.algorithms.base import ItemToItem, Links
from core.recommender.interactions import Interactions


class Ease(ItemToItem):
    """Embarrassingly shallow autoencoder (Steck 2019): one inverse of a matrix of items sold."""

    def __init__(self, penalty: float = 200, half_life: float | None = None) -> None:
        super().__init__(half_life)
        self.penalty = penalty

    def link(self, interactions: Interactions) -> Links:  # noqa: ARG002
        """B of X = XB with nothing on its diagonal: -P[i, j] / P[j, j], P = (X'X + penalty)^-1."""
        bought = self.bought
        sold = np.unique(bought.indices)
        gram = (bought[:, sold].T @ bought[:, sold]).toarray(order="F")
        gram[np.diag_indices_from(gram)] += self.penalty
        inverse = _inverse(gram)
        inverse /= -np.diag(inverse)
        links = np.zeros((bought.shape[1],) * 2, np.float32)
        links[np.ix_(sold, sold)] = inverse
        np.fill_diagonal(links, 0)
        return links


def _inverse(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of a positive definite matrix, which is overwritten: half the work of a general inverse."""
    factor, _ = lapack.spotrf(matrix, overwrite_a=True)
    inverse, _ = lapack.spotri(factor, overwrite_c=True)
    for row in range(len(inverse)):  # only the upper half was filled
        inverse[row + 1 :, row] = inverse[row, row + 1 :]
    return np.asarray(inverse)
