"""EASE: the linear item-to-item model that best reconstructs users' purchases."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from core.recommender.algorithms.base import ItemToItem, ItemWeights
from core.recommender.interactions import Interactions


class Ease(ItemToItem):
    """Embarrassingly shallow autoencoder (Steck 2019); inverts one matrix over the sold items.

    Args:
        penalty: L2 regularisation.
        half_life: days after which a purchase counts half; None: age does not matter.
    """

    def __init__(self, penalty: float = 200, half_life: float | None = None) -> None:
        super().__init__(half_life)
        self.penalty = penalty

    def item_weights(self, interactions: Interactions) -> ItemWeights:  # noqa: ARG002
        """Return the matrix B that has a zero diagonal and minimises |X - XB|^2 + penalty |B|^2.

        B[i, j] = -P[i, j] / P[j, j] with P = (X'X + penalty I)^-1.
        """
        purchases = self.purchases
        sold = np.unique(purchases.indices)
        gram = (purchases[:, sold].T @ purchases[:, sold]).toarray(order="F")
        gram[np.diag_indices_from(gram)] += self.penalty
        inverse = invert(gram)
        inverse /= -np.diag(inverse)
        weights = np.zeros((purchases.shape[1],) * 2, np.float32)
        weights[np.ix_(sold, sold)] = inverse
        np.fill_diagonal(weights, 0)
        return weights


def invert(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Invert a positive definite matrix in place; a general inversion would take twice as long."""
    factor, _ = lapack.spotrf(matrix, overwrite_a=True)
    inverse, _ = lapack.spotri(factor, overwrite_c=True)
    for row in range(len(inverse)):  # LAPACK fills only the upper half
        inverse[row + 1 :, row] = inverse[row, row + 1 :]
    return np.asarray(inverse)
