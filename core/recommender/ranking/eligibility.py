"""Eligibility: the items that a user's list may contain."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Users


@dataclass(frozen=True)
class Eligibility:
    """Allowed items, except those excluded for a user, such as earlier purchases."""

    allowed: NDArray[np.bool_]
    """(items,): whether the item may be recommended at all."""
    excluded: sparse.csr_matrix
    """(users, items): nonzero if the item must not be recommended to the user."""

    def mask(self, users: Users) -> NDArray[np.bool_]:
        """Return (n, items): whether the item may be recommended to the user."""
        mask = np.tile(self.allowed, (len(users), 1))
        excluded = self.excluded[users]
        mask[np.repeat(np.arange(len(users)), np.diff(excluded.indptr)), excluded.indices] = False
        return mask
