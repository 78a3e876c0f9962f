"""Single values of a sparse matrix, many at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


class Lookup:
    """A sparse matrix as sorted keys: a value is found in the log of the number of values.

    scipy's own indexing goes through the whole row, which is long where an item sells everywhere.
    """

    def __init__(self, matrix: sparse.csr_matrix) -> None:
        pairs = matrix.tocoo()
        keys = pairs.row.astype(np.int64) * matrix.shape[1] + pairs.col
        order = np.argsort(keys, kind="stable")
        self._columns = matrix.shape[1]
        self._keys = np.append(keys[order], np.iinfo(np.int64).max)
        self._values = np.append(pairs.data[order].astype(np.float64), 0)

    def at(self, rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.float64]:
        """The values at these places, which broadcast; 0 where the matrix has none."""
        wanted = np.asarray(rows, np.int64) * self._columns + columns
        place = np.searchsorted(self._keys, wanted)
        return np.where(self._keys[place] == wanted, self._values[place], 0.0)
