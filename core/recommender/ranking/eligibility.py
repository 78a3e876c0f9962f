"""Which items may be in a user's list at all."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Users
from core.recommender.interactions import Interactions


@dataclass(frozen=True)
class Rules:
    """What is allowed, less what the user bought already."""

    allowed: NDArray[np.bool_]
    """(items,)."""
    left_out: sparse.csr_matrix
    """(users, items): not to be recommended to that user."""

    def open(self, users: Users) -> NDArray[np.bool_]:
        """(n, items): what may be recommended to each of these users."""
        open = np.tile(self.allowed, (len(users), 1))
        bought = self.left_out[users]
        open[np.repeat(np.arange(len(users)), np.diff(bought.indptr)), bought.indices] = False
        return open


def rules_of(interactions: Interactions, allowed: NDArray[np.bool_], *, repeat: bool) -> Rules:
    """The rules after these purchases; with `repeat`, what was bought may come again."""
    bought = interactions.weighted()
    return Rules(allowed, sparse.csr_matrix(bought.shape) if repeat else bought)
