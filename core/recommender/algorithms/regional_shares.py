"""Shares of items by region, each smoothed with the shares in the next larger region.

The shares of all items are kept for large regions. A small region differs from the smallest large
one around it in few items.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.sparse_block import SharedRows, SharedScores, SparseBlock
from core.recommender.order_line_arrays import Ints

MAX_CELLS = 32_000_000  # large regions x items
MIN_DENSITY = 1 / 16  # share of the items that are sold in a large region
LEAST_SIZE = 1e-9


class RegionalShares:
    """The share of each item in the counts of a region.

    The next larger region counts like `support` purchases (a Dirichlet prior).

    Args:
        counts: float64 (regions, items); a region includes its subregions.
        paths: (regions, depth), as in `Regions`.
        support: weight of the next larger region.
    """

    def __init__(self, counts: sparse.csr_matrix, paths: Ints, support: float) -> None:
        self._counts, self._paths = counts, paths
        self._passed, self._factors = _smooth(counts, paths, support)
        large = _large_regions(counts, root=int(paths[0, -1]))
        row = np.zeros(len(paths), np.intp)
        row[large] = np.arange(len(large))
        is_large = np.isin(paths, large)
        self._level = is_large.argmax(axis=1)
        """(regions,): the place of the smallest large region in the path."""
        regions = np.arange(len(paths))
        self._row = row[paths[regions, self._level]]
        everything = _sum(self._factors[large], paths[large], counts)
        self._shared = SharedRows(everything.toarray().astype(np.float32))

    def of(self, regions: NDArray[np.integer[Any]]) -> SparseBlock:
        """Return the shares of all items in regions, which take the place of users."""
        level = self._level[regions]
        is_small = np.arange(self._paths.shape[1]) < level[:, None]
        factors = np.where(is_small, self._factors[regions], 0)
        own = _sum(factors, self._paths[regions], self._counts).astype(np.float32)
        factor = self._passed[regions, level].astype(np.float32)
        return SparseBlock(own, SharedScores(self._shared, self._row[regions], factor))


def _smooth(
    counts: sparse.csr_matrix, paths: Ints, support: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much the regions of each path add to its shares; (regions, depth) each.

    The first array has the factors of the shares of a path's regions, the second those of their
    counts.
    """
    totals = np.asarray(counts.sum(axis=1)).ravel()
    is_root = paths[:, -1] == np.arange(len(paths))
    sizes = np.maximum(np.where(is_root, totals, totals + support), LEAST_SIZE)
    inherited = np.where(is_root, 0, support / sizes)[paths]
    passed = np.cumprod(np.hstack([np.ones((len(paths), 1)), inherited[:, :-1]]), axis=1)
    return passed, passed / sizes[paths]


def _large_regions(counts: sparse.csr_matrix, root: int) -> NDArray[np.intp]:
    """Return the regions where many items are sold, and the root region."""
    sizes = np.diff(counts.indptr).astype(np.float64)
    sizes[root] = np.inf
    largest = np.argsort(-sizes, kind="stable")[: max(MAX_CELLS // counts.shape[1], 1)]
    return np.asarray(largest[sizes[largest] > MIN_DENSITY * counts.shape[1]])


def _sum(
    factors: NDArray[np.float64], regions: Ints, counts: sparse.csr_matrix
) -> sparse.csr_matrix:
    """Return (n, items): the sums of factors times the counts of regions; both are (n, depth)."""
    row, place = np.nonzero(factors)
    shape = len(factors), counts.shape[0]
    pairs = row, regions[row, place]
    return sparse.csr_matrix((factors[row, place], pairs), shape=shape) @ counts
