"""The scores of all items for a block of users, in forms that are cheap to standardise and add up.

Several passes over a matrix (users, items) per algorithm would dominate the time to build lists.
Most algorithms score few items, or score the items alike for many users.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
"""(users, items): higher is better; only scores of the same user are comparable."""
Pairs = tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]]
"""Row of the user and number of the item of each pair."""
MIN_RELATIVE_SPREAD = 1e-5  # below this share of the mean, a spread is a rounding error


class AllowedItems:
    """The items that may be recommended at all; `mask` is (items,)."""

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        self.mask = mask
        self.count = int(np.count_nonzero(mask))
        self.others = np.flatnonzero(~mask)


@dataclass(frozen=True)
class EligibleItems:
    """The items that the lists of a block of users may contain."""

    allowed: AllowedItems
    excluded: Pairs
    """Allowed items that are excluded for a user."""
    mask: NDArray[np.bool_]
    """(users, items): whether the item may be recommended to the user."""

    @cached_property
    def counts(self) -> NDArray[np.float64]:
        """(users,): the number of eligible items, at least 1."""
        excluded = self.per_user(np.ones(len(self.excluded[0])))
        return np.maximum(self.allowed.count - excluded, 1)

    def exclude(self, scores: Scores) -> None:
        """Set the scores (users, items) of all other items to -inf."""
        scores[self.excluded] = -np.inf
        scores[:, self.allowed.others] = -np.inf

    def per_user(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (users,): the sum of one value for each excluded pair."""
        return np.asarray(np.bincount(self.excluded[0], values, minlength=len(self.mask)), float)


@dataclass(frozen=True)
class Moments:
    """Mean and standard deviation of each user's scores over the eligible items; (users,) each."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    @property
    def scale(self) -> NDArray[np.float32]:
        """(users,): 1 / spread, or 0 if the scores of the eligible items are equal."""
        varies = self.spread > MIN_RELATIVE_SPREAD * np.abs(self.mean)
        return np.divide(1, self.spread, out=np.zeros(len(self.mean), np.float32), where=varies)


class ScoreBlock(Protocol):
    """The scores of all items for a block of users."""

    def toarray(self) -> Scores:
        """Return the scores as a new array."""

    def moments(self, eligible: EligibleItems) -> Moments:
        """Return the moments by which the scores are standardised."""

    def add_to(self, total: Scores, factors: NDArray[np.float32]) -> None:
        """Add the scores, times the factor of each user, to `total`; the block is spent then."""
