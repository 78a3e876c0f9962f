"""Eligibility: the items that a user's list may contain."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Users
from core.recommender.algorithms.score_block import AllowedItems, EligibleItems, Scores
from core.recommender.ranking.best_items import best


@dataclass(frozen=True)
class Eligibility:
    """Allowed items, except those excluded for a user, such as earlier purchases."""

    allowed: NDArray[np.bool_]
    """(items,): whether the item may be recommended at all."""
    excluded: sparse.csr_matrix
    """(users, items): nonzero if the item must not be recommended to the user."""
    purchases: sparse.csr_matrix | None = None
    """(users, items): nonzero if the user has bought the item; needed to limit repeats."""
    max_repurchase_share: float = 1.0
    """Greatest share of a list for items that the user has bought before."""

    def of(self, users: Users) -> EligibleItems:
        """Return the eligible items of a block of users."""
        excluded = self.excluded[users]
        row, item = np.repeat(np.arange(len(users)), np.diff(excluded.indptr)), excluded.indices
        is_allowed = self.allowed[item]
        row, item = row[is_allowed], item[is_allowed]
        mask = np.tile(self.allowed, (len(users), 1))
        mask[row, item] = False
        return EligibleItems(self._allowed, (row, item), mask)

    @cached_property
    def _allowed(self) -> AllowedItems:
        return AllowedItems(self.allowed)

    def mask(self, users: Users) -> NDArray[np.bool_]:
        """Return (n, items): whether the item may be recommended to the user."""
        return self.of(users).mask

    def limit_repeats(self, scores: Scores, users: Users, length: int) -> None:
        """Set the scores of all but the best earlier purchases of each user to -inf.

        As many remain as a list of this length may have. `scores` is (n, items).
        """
        if self.purchases is None or self.max_repurchase_share >= 1:
            return
        purchases = self.purchases[users]
        row = np.repeat(np.arange(len(users)), np.diff(purchases.indptr))
        repeats = np.full_like(scores, -np.inf)
        repeats[row, purchases.indices] = scores[row, purchases.indices]
        scores[row, purchases.indices] = -np.inf
        items, restored = best(repeats, round(self.max_repurchase_share * length))
        restored = np.maximum(restored, np.take_along_axis(scores, items, axis=1))
        np.put_along_axis(scores, items, restored, axis=1)
