"""Finds the order lines that training can rely on: plausible dates, ordinary customers.

The other lines stay in the store, and their items still count as bought, but nothing is learned
from them.

**Dates.** A few wrong dates must not move the time from which the age of all sales is measured. The
sales therefore end with the last order line that is not alone: in the day before it, there are at
least three orders, and a tenth of the usual number of order lines. The usual number is that of the
lines just before the last hundredth of all lines, since up to a hundredth may be wrong. In a small
shop, the time in which ten orders usually arrive replaces the day. The sales begin in the same way,
seen from the other end.

An export often ends with an incomplete day, after a weekend or holidays. Lines beyond the busy days
therefore count as well, up to four days later; if they are at least three orders, up to the longest
pause between the shop's sales, but at most two weeks. At most about a hundredth of the lines is
ignored at each end, so sales that continue after a long pause count as soon as they exceed that
share. Once these later sales cover three months, sales from before a pause of almost a year are
ignored: they say little, and may be another shop's.

**Customers.** A shop's own account, or an account that all guests share, links items that have
nothing in common. A dominant customer has many orders, a large share of all orders, and many times
as many orders as nearly all other customers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from core.recommender.order_line_arrays import DAY_S, OrderLines
from core.recommender.training_report import DominantCustomer, IgnoredSales

MIN_ORDERS = 20
"""With fewer orders, no date is implausible."""
SPARSE_SHARE = 0.1
"""A day with a smaller share of the usual number of order lines does not count."""
WINDOW_ORDERS = 3
"""A day with fewer orders does not count."""
LONG_WEEKEND_S = 4 * DAY_S
"""In every shop, a pause of this length is usual."""
HOLIDAYS_S = 14 * DAY_S
"""In no shop, a longer pause is usual."""
PAUSE_S = 300 * DAY_S
PERIOD_S = 90 * DAY_S
GROUP_ORDERS = 10
"""If the shop has fewer orders in a day, the time of this many orders replaces the day."""

DOMINANT_ORDERS = 50
DOMINANT_SHARE = 0.05
DOMINANT_RATIO = 10
"""How many times the orders of a busy customer (the 95th percentile) a dominant customer has."""

Times = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class PlausibleSales:
    """All order lines, the lines to learn from, and a report on the ignored lines."""

    all_lines: OrderLines
    lines: OrderLines
    ignored: IgnoredSales


def select_plausible(lines: OrderLines, users: Sequence[str]) -> PlausibleSales:
    """Select the order lines to learn from; `lines` are oldest first, `users` names the users."""
    order = number_orders(lines)
    begin, end = plausible_range(lines.at, order)
    orders = _count_by_user(lines, order)
    dominant = find_dominant(orders)
    too_old, too_new = lines.at < begin, lines.at > end
    of_dominant = np.isin(lines.user, dominant)
    ignored = too_old | too_new | of_dominant
    if ignored.all() or not ignored.any():
        return PlausibleSales(lines, lines, IgnoredSales(notes=_time_notes(lines)))
    selected = lines.select(~ignored)
    dates = _note(int(too_old.sum()), "before", begin), _note(int(too_new.sum()), "after", end)
    report = IgnoredSales(
        too_old=int(too_old.sum()),
        too_new=int(too_new.sum()),
        of_dominant_customers=int(of_dominant.sum()),
        customers=_describe(dominant, orders, users),
        notes=[*filter(None, dates), *_time_notes(selected)],
    )
    return PlausibleSales(lines, selected, report)


def number_orders(lines: OrderLines) -> Numbers:
    """Return (lines,): the number of each line's order; orders are numbered by time.

    A user, an order ID and a time identify an order here: some shops use one ID for all orders.
    """
    changes = (np.diff(column) != 0 for column in (lines.at, lines.user, lines.order))
    return np.concatenate([[0], np.cumsum(np.logical_or.reduce([*changes]))])


def plausible_range(at: Times, order: Numbers) -> tuple[float, float]:
    """Return the times of the first and the last plausible order line.

    `at` and `order` (lines,) are the ascending times and the order numbers of all lines.
    """
    if order[-1] + 1 < MIN_ORDERS or not np.isfinite(at).all():
        return -np.inf, np.inf
    begin = -_last_busy(-at[::-1], order[-1] - order[::-1])
    end = _last_busy(at, order)
    pause = _usual_pause(at[(at >= begin) & (at <= end)])
    begin = -_last_after_pause(-at[::-1], order[::-1], -begin, pause)
    end = _last_after_pause(at, order, end, pause)
    return max(begin, _begin_of_period(at[at <= end])), end


def find_dominant(orders: Numbers) -> Numbers:
    """Return the users with an implausible share of all orders; `orders` (users,) counts them."""
    busy = np.percentile(orders[orders > 0], 95)
    least = max(DOMINANT_ORDERS, DOMINANT_SHARE * orders.sum(), DOMINANT_RATIO * busy)
    return np.flatnonzero(orders >= least)


def _last_busy(at: Times, order: Numbers) -> float:
    """Return the time of the last order line that is not alone."""
    hundredth = len(at) // 100
    last = min(len(at) - 1 - hundredth, int(np.searchsorted(order, order[-1])) - 1)
    first = min(last - hundredth, int(np.searchsorted(order, order[last] - GROUP_ORDERS)))
    duration = max(at[last] - at[first], 1.0)
    orders = max(order[last] - order[first], 1)
    window = max(DAY_S, duration * GROUP_ORDERS / orders)
    usual = (last - first) * window / duration
    left = np.searchsorted(at, at - window)
    lines_in_window = np.arange(len(at)) - left + 1
    orders_in_window = order - order[left] + 1
    counts = lines_in_window >= min(SPARSE_SHARE * usual, last - first)
    plausible = np.flatnonzero(counts & (orders_in_window >= WINDOW_ORDERS))
    return float(at[plausible[-1]] if len(plausible) else at[-1])


def _last_after_pause(at: Times, order: Numbers, busy: float, pause: float) -> float:
    """Return the time of the last order line within a pause after the last busy time."""
    orders_after = len(np.unique(order[(at > busy) & (at <= busy + pause)]))
    longest = pause if orders_after >= WINDOW_ORDERS else LONG_WEEKEND_S
    return float(at[at <= busy + longest][-1])


def _usual_pause(at: Times) -> float:
    """Return the seconds without sales that say nothing about the dates of what follows."""
    longest = np.diff(at).max(initial=0.0)
    return float(np.clip(longest, LONG_WEEKEND_S, HOLIDAYS_S))


def _begin_of_period(at: Times) -> float:
    """Return the end of the last pause if it is followed by enough sales, else the first time."""
    starts = at[1:][np.diff(at) > PAUSE_S]
    is_over = len(starts) > 0 and at[-1] - starts[-1] > PERIOD_S
    return float(starts[-1] if is_over else at[0])


def _count_by_user(lines: OrderLines, order: Numbers) -> Numbers:
    """Return (users,): the number of orders of each user."""
    first = np.flatnonzero(np.diff(order, prepend=-1))
    return np.bincount(lines.user[first], minlength=lines.users)


def _describe(dominant: Numbers, orders: Numbers, users: Sequence[str]) -> list[DominantCustomer]:
    shares = orders / orders.sum()
    return [
        DominantCustomer(
            customer=users[user], orders=int(orders[user]), share=round(float(shares[user]), 4)
        )
        for user in dominant
    ]


def _note(lines: int, word: str, time: float) -> str:
    if not lines:
        return ""
    subject, reason = f"{lines:,} order lines are", "they are"
    if lines == 1:
        subject, reason = "1 order line is", "it is"
    day = datetime.fromtimestamp(time, UTC).date()
    return f"{subject} ignored: {reason} dated {word} {day}, long {word} the other sales"


def _time_notes(lines: OrderLines) -> list[str]:
    if lines.has_times:
        return []
    return [
        "all sales have nearly the same time, so recent sales could not count more than old ones, "
        "and the hold-out consists of some orders of each customer; check the dates of the "
        "sales files"
    ]
