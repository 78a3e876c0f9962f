"""What is learned from and what is held back to measure by: the last days, unseen in learning."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.recommender.purchases import Lines

LONGEST_DAYS = 30.0
PARTS = 5  # a fifth is held back


@dataclass(frozen=True)
class Split:
    """Two parts of the lines, and the days at the end that are the second; None: not by time."""

    learned: Lines
    held: Lines
    days: float | None


def test_days(lines: Lines) -> float:
    """A fifth of the days there are, at most 30."""
    return min(LONGEST_DAYS, float(lines.days_ago.max()) / PARTS)


def split(lines: Lines, days: float, seed: int) -> Split:
    """Before and after the last days; where times are not known, some items of every user."""
    if lines.timed:
        late = lines.days_ago < days
        return Split(lines.take(~late), lines.take(late), days)
    late = _drawn(lines, np.random.default_rng(seed))
    return Split(lines.take(~late), lines.take(late), None)


def _drawn(lines: Lines, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A fifth of each user's items, rounded down, but one of those who have at least two."""
    pairs = lines.user.astype(np.int64) * lines.items + lines.item
    pair, of_line = np.unique(pairs, return_inverse=True)
    user = pair // lines.items
    order = np.lexsort((rng.random(len(pair)), user))
    first = np.searchsorted(user, user)
    rank = np.empty(len(pair), np.int64)
    rank[order] = np.arange(len(pair)) - first
    has = np.bincount(user)[user]
    held = np.where(has >= PARTS, has // PARTS, has // 2 > 0)
    return np.asarray((rank < held)[of_line])
