"""Measures whether a shop's customers buy the same items again, as in a grocery.

A book is bought once: recommending it to its buyers wastes a place. Which kind of shop it is shows
in the later orders of its customers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.recommender.evaluation.paired import paired_difference
from core.recommender.options import RecommenderSettings
from core.recommender.order_line_arrays import OrderLines
from core.recommender.training_report import RepurchaseReport

MIN_CUSTOMERS = 20
"""With fewer customers who have several orders, too little is known."""
LEAST_SHARE = 0.1
"""Least share of repeats in later orders. It was 0 % for films, and 17 % to 39 % in groceries, drug
stores and a gift shop."""


@dataclass(frozen=True)
class Repeats:
    """How often customers repeat purchases; one row per customer with several orders."""

    share: NDArray[np.float64]
    """Share of the items in the customer's later orders that are in an earlier order."""
    chance: NDArray[np.float64]
    """The share to expect if later orders had items by popularity only."""


def decide_repurchase(lines: OrderLines, settings: RecommenderSettings) -> RepurchaseReport:
    """Return the setting or, if there is none, what the order lines say."""
    repeats = measure_repeats(lines)
    is_clear = are_clear(repeats)
    allowed = is_clear if settings.allow_repurchase is None else settings.allow_repurchase
    decision = f"earlier purchases may {'' if allowed else 'not '}be recommended again"
    if settings.allow_repurchase is not None:
        decision += f", as set by allow_repurchase ({str(allowed).lower()})"
    share, chance = (
        round(float(values.mean()), 4) if len(values) else None
        for values in (repeats.share, repeats.chance)
    )
    return RepurchaseReport(
        allowed=allowed,
        measured=settings.allow_repurchase is None,
        customers=len(repeats.share),
        share=share,
        chance=chance,
        reason=f"{_describe(len(repeats.share), share, chance)}: {decision}",
    )


def measure_repeats(lines: OrderLines) -> Repeats:
    """Compare each customer's later orders with the earlier ones; an item counts once per order."""
    user, item, order = _items_of_orders(lines)
    pairs = user.astype(np.int64) * lines.items + item
    is_first = np.zeros(len(pairs), bool)
    is_first[np.unique(pairs, return_index=True)[1]] = True
    popularity = np.bincount(item, minlength=lines.items) / max(len(item), 1)
    known = np.append(0.0, np.cumsum(np.where(is_first, popularity[item], 0.0)))
    order_start, user_start = _starts(order), _starts(user)
    later = order_start > user_start
    chance = known[order_start] - known[user_start]
    size = np.bincount(user[later], minlength=lines.users)
    several = size > 0
    share, by_chance = (
        np.bincount(user[later], values[later], minlength=lines.users)[several] / size[several]
        for values in (~is_first, chance)
    )
    return Repeats(share, by_chance)


def are_clear(repeats: Repeats) -> bool:
    """Return whether enough customers repeat purchases, and clearly more often than by chance."""
    if len(repeats.share) < MIN_CUSTOMERS:
        return False
    least = paired_difference(repeats.share, np.full_like(repeats.share, LEAST_SHARE))
    by_chance = paired_difference(repeats.share, repeats.chance)
    return least.is_clear_gain and by_chance.is_clear_gain


def _items_of_orders(lines: OrderLines) -> tuple[NDArray[np.int32], ...]:
    """Return user, item and order of each item in each order: by user, then the oldest order."""
    first = lines.items_of_orders
    _, start, order = np.unique(lines.order, return_index=True, return_inverse=True)
    rows = first[np.lexsort((start[order[first]], lines.user[first]))]
    return lines.user[rows], lines.item[rows], lines.order[rows]


def _starts(values: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return, for each row, the first row of the run of equal values that it belongs to."""
    rows = np.arange(len(values))
    begins = np.append(True, values[1:] != values[:-1])[: len(values)]
    return np.asarray(np.maximum.accumulate(np.where(begins, rows, 0)))


def _describe(customers: int, share: float | None, chance: float | None) -> str:
    if share is None or chance is None:
        return "no customer has several orders"
    have = "1 customer has" if customers == 1 else f"{customers:,} customers have"
    return (
        f"{have} several orders; {share:.0%} of the items in their later orders are in an earlier "
        f"one, and {chance:.0%} would be by chance"
    )
