"""EASE: the linear item-to-item model that best reconstructs users' purchases."""

import numpy as np
import threadpoolctl  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import LinAlgError, lapack

from core.recommender.algorithms.base import Algorithm, Users
from core.recommender.algorithms.dense_block import Columns, DenseBlock
from core.recommender.algorithms.score_block import ScoreBlock
from core.recommender.interactions import Interactions

BLOCK = 512  # rows of the Gram matrix that are computed at a time


class Ease(Algorithm):
    """Embarrassingly shallow autoencoder (Steck 2019) of the best sellers.

    An item that is not among the best sellers gets the score of an item without evidence, 0.

    Args:
        penalty: L2 regularisation.
        half_life: days after which a purchase counts half; None: age does not matter.
        best_sellers: number of items to learn from, at most; a matrix of their pairs is inverted.
    """

    def __init__(
        self,
        penalty: float = 200,
        half_life: float | None = None,
        best_sellers: int = 6_000,
    ) -> None:
        super().__init__()
        self.penalty, self.half_life, self.best_sellers = penalty, half_life, best_sellers

    def learn(self, interactions: Interactions) -> None:
        """Compute `weights` (B) between `learned`, the items to learn from.

        B has a zero diagonal and minimises |X - XB|^2 + penalty |B|^2. With P = (X'X + penalty
        I)^-1, B[i, j] = -P[i, j] / P[j, j].
        """
        purchases = interactions.purchase_matrix(self.half_life)
        items = purchases.shape[1]
        self.learned = most_bought(purchases, self.best_sellers)
        self.columns = Columns(self.learned, items) if len(self.learned) < items else None
        self.purchases = purchases[:, self.learned].tocsr()
        self.weights = ease_weights(self.purchases, self.penalty)

    def score_block(self, users: Users) -> ScoreBlock:
        """Return purchases x weights; 0 for items that are not learned."""
        product = np.asarray(self.purchases[users] @ self.weights, np.float32)
        return DenseBlock(product, self.columns)


def most_bought(purchases: sparse.csr_matrix, count: int) -> NDArray[np.intp]:
    """Return the `count` columns with the largest sums, sorted; columns without values never."""
    sums = np.bincount(purchases.indices, purchases.data, minlength=purchases.shape[1])
    best = np.argsort(-sums, kind="stable")[: min(count, np.count_nonzero(sums))]
    return np.sort(best)


def ease_weights(rows: sparse.csr_matrix, penalty: float) -> NDArray[np.float32]:
    """Return (columns, columns): the weights of EASE, with zeros on the diagonal."""
    # symmetric, so the transpose is the same in C order; a sparse product would copy other orders
    weights = invert(gram_matrix(rows, penalty)).T
    weights /= -np.diag(weights)
    np.fill_diagonal(weights, 0)
    return weights


def gram_matrix(rows: sparse.csr_matrix, penalty: float) -> NDArray[np.float32]:
    """Return rows' x rows + penalty x I; in blocks, since its sparse form would take more memory.

    The result is in Fortran order, so that LAPACK can overwrite it.
    """
    columns, count = rows.T.tocsr(), rows.shape[1]
    gram = np.empty((count, count), np.float32, order="F")
    for start in range(0, count, BLOCK):
        # symmetric: a block of rows is also one of columns, which are contiguous
        gram[:, start : start + BLOCK] = (columns[start : start + BLOCK] @ rows).toarray().T
    gram[np.diag_indices(count)] += penalty
    return gram


def invert(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Invert a positive definite matrix in place; a general inversion would take twice as long.

    One thread is used: on a busy machine, two threads that wait for each other take longer.

    Raises:
        LinAlgError: the matrix is not positive definite.
    """
    if not matrix.size:  # LAPACK refuses it
        return matrix
    with threadpoolctl.threadpool_limits(1, "blas"):
        factor, failed = lapack.spotrf(matrix, overwrite_a=True)
        inverse, singular = lapack.spotri(factor, overwrite_c=True)
    if failed or singular:
        raise LinAlgError("the matrix is not positive definite")
    for row in range(len(inverse)):  # LAPACK fills only the upper half
        inverse[row + 1 :, row] = inverse[row, row + 1 :]
    return np.asarray(inverse)
