"""Splits order lines into training lines and a hold-out of the last days."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.recommender.order_line_arrays import OrderLines

MAX_DAYS = 30.0
WIDENING = 1.5
MAX_SHARE = 0.25
"""Largest share of the sales' days in the hold-out: validation takes as many days before it."""
FRACTION = 5  # one in five days, or one in five orders of a user, is held out


@dataclass(frozen=True)
class Split:
    """Training lines and hold-out lines."""

    training: OrderLines
    holdout: OrderLines
    days: float | None
    """Length of the hold-out; None if times are unknown and the split is by user."""


def holdout_days(lines: OrderLines) -> float:
    """Return a fifth of the days that the sales span, at most 30."""
    return min(MAX_DAYS, float(lines.days_ago.max()) / FRACTION)


def widened_days(lines: OrderLines, days: float, enough: Callable[[float], bool]) -> float:
    """Lengthen the hold-out if too few users return in it, to at most a quarter of all days."""
    longest = max(days, float(lines.days_ago.max()) * MAX_SHARE)
    while days < longest and not enough(days):
        days = min(days * WIDENING, longest)
    return days


def count_returning(parts: Split, *, repeats: bool) -> int:
    """Count the known users who buy a known item in the hold-out.

    Users and items are known if they occur in the training lines. Without `repeats`, only items
    that the user had not bought before count.
    """
    past, new = parts.training, parts.holdout
    counts = np.isin(new.item, past.item) & np.isin(new.user, past.user)
    if not repeats:
        counts &= ~np.isin(new.user_items, past.user_items)
    return len(np.unique(new.user[counts]))


def split(lines: OrderLines, days: float, seed: int) -> Split:
    """Hold out the last days; if times are unknown, hold out some orders of every user."""
    late = lines.days_ago < days if lines.has_times else _sample(lines, seed)
    return Split(lines.select(~late), lines.select(late), days if lines.has_times else None)


def split_last_purchases(
    lines: OrderLines, max_users: int, seed: int
) -> tuple[Split, NDArray[np.bool_]]:
    """Hold out the last orders of users who have several, and the last items of others.

    A shop whose customers seldom come back within a month still has these.

    Args:
        max_users: the largest number of users of each kind, drawn at random.

    Returns:
        The split, and (users,): who has several orders.
    """
    several = _count_orders(lines) > 1
    rng = np.random.default_rng(seed)
    drawn = np.zeros(lines.users, bool)
    for kind in (several, ~several):
        drawn[rng.permutation(np.flatnonzero(kind))[:max_users]] = True
    late = _hold_out(lines, -np.arange(len(lines), dtype=np.float64)) & drawn[lines.user]
    return Split(lines.select(~late), lines.select(late), None), several


def _sample(lines: OrderLines, seed: int) -> NDArray[np.bool_]:
    return _hold_out(lines, np.random.default_rng(seed).random(len(lines)))


def _hold_out(lines: OrderLines, priority: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark a fifth of each user's orders, rounded down, but at least one if there are several.

    If a user has only one order, mark a fifth of its items instead. No other order is divided: the
    rest of a divided order would predict its held-out part too easily.

    Args:
        priority: (lines,): the orders whose first line has the lowest values are held out.
    """
    several = _count_orders(lines)[lines.user] > 1
    parts = np.where(several, lines.order, lines.item)
    size = int(parts.max(initial=0)) + 1
    pair, first_line, pair_of_line = np.unique(
        lines.user.astype(np.int64) * size + parts, return_index=True, return_inverse=True
    )
    user = pair // size
    order = np.lexsort((priority[first_line], user))
    first = np.searchsorted(user, user)
    rank = np.empty(len(pair), np.int64)
    rank[order] = np.arange(len(pair)) - first
    count = np.bincount(user)[user]
    held_out = np.where(count >= FRACTION, count // FRACTION, count // 2 > 0)
    return np.asarray((rank < held_out)[pair_of_line])


def _count_orders(lines: OrderLines) -> NDArray[np.intp]:
    """Return (users,): the number of orders of each user."""
    size = int(lines.order.max(initial=0)) + 1
    pairs = np.unique(lines.user.astype(np.int64) * size + lines.order)
    return np.bincount(pairs // size, minlength=lines.users)
