"""Splits order lines into training lines and a hold-out of the last days."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.recommender.order_line_arrays import OrderLines

MAX_DAYS = 30.0
FRACTION = 5  # one in five days, or one in five items of a user, is held out


@dataclass(frozen=True)
class Split:
    """Training lines and hold-out lines."""

    training: OrderLines
    holdout: OrderLines
    days: float | None
    """Length of the hold-out; None if times are unknown and the split is by user."""


def holdout_days(lines: OrderLines) -> float:
    """Return a fifth of the number of days of the sales, at most 30."""
    return min(MAX_DAYS, float(lines.days_ago.max()) / FRACTION)


def split(lines: OrderLines, days: float, seed: int) -> Split:
    """Hold out the last days; if times are unknown, hold out some items of every user."""
    late = lines.days_ago < days if lines.has_times else _sample(lines, seed)
    return Split(lines.select(~late), lines.select(late), days if lines.has_times else None)


def _sample(lines: OrderLines, seed: int) -> NDArray[np.bool_]:
    """Mark a fifth of each user's items, rounded down, but at least one of two or more items."""
    pairs = lines.user.astype(np.int64) * lines.items + lines.item
    pair, pair_of_line = np.unique(pairs, return_inverse=True)
    user = pair // lines.items
    order = np.lexsort((np.random.default_rng(seed).random(len(pair)), user))
    first = np.searchsorted(user, user)
    rank = np.empty(len(pair), np.int64)
    rank[order] = np.arange(len(pair)) - first
    count = np.bincount(user)[user]
    held_out = np.where(count >= FRACTION, count // FRACTION, count // 2 > 0)
    return np.asarray((rank < held_out)[pair_of_line])
