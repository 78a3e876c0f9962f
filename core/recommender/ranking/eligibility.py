"""Which items may be in a user's list."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Users


@dataclass(frozen=True)
class Eligibility:
    """Items that are allowed, except those the user bought already."""

    allowed: NDArray[np.bool_]
    """(items,)."""
    excluded: sparse.csr_matrix
    """(users, items): not to be recommended to that user."""

    def mask(self, users: Users) -> NDArray[np.bool_]:
        """Return (n, items): whether an item may be recommended to each of these users."""
        mask = np.tile(self.allowed, (len(users), 1))
        excluded = self.excluded[users]
        mask[np.repeat(np.arange(len(users)), np.diff(excluded.indptr)), excluded.indices] = False
        return mask
