"""Fast lookup of single values of a sparse matrix."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


class SparseLookup:
    """A sparse matrix with sorted keys, for lookups by binary search.

    The indexing of scipy scans the whole row, which is long for a best seller.
    """

    def __init__(self, matrix: sparse.csr_matrix) -> None:
        pairs = matrix.tocoo()
        keys = pairs.row.astype(np.int64) * matrix.shape[1] + pairs.col
        order = np.argsort(keys, kind="stable")
        self._columns = matrix.shape[1]
        self._keys = np.append(keys[order], np.iinfo(np.int64).max)
        self._values = np.append(pairs.data[order].astype(np.float64), 0)

    def at(self, rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.float64]:
        """Return the values at rows and columns, which are broadcast; 0 where there is no value."""
        keys = np.asarray(rows, np.int64) * self._columns + columns
        position = np.searchsorted(self._keys, keys)
        return np.where(self._keys[position] == keys, self._values[position], 0.0)
