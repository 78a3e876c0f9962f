"""Refuses to learn from sales whose dates are probably missing.

An export without the dates of the orders usually gives all of them the time of the export. Recent
purchases then count no more than old ones, and the hold-out is no sample of the next days. On the
sales of a real shop, NDCG@10 fell from 0.170 to 0.118 with all sales in one instant, and to 0.051
with nearly all of them.
"""

from datetime import UTC, datetime

import numpy as np

from core.errors import InvalidInput
from core.recommender.order_line_arrays import DAY_S, OrderLines
from core.recommender.plausible_sales import number_orders

MANY_ORDERS = 200
"""Fewer orders may be of one day."""
SHARE = 0.2
"""The dates are missing if one day has at least this share of all order lines ..."""
RATIO = 20
"""... and this many times the average number of order lines of the other days."""


def check_dates(lines: OrderLines) -> None:
    """Check that no single day has far too many of the order lines, which are oldest first.

    Raises:
        InvalidInput: a day has too many order lines.
    """
    day = _busiest_day(lines)
    if not _is_implausible(day, lines):
        return
    begin, end = (datetime.fromtimestamp(at, UTC) for at in lines.at[[day.start, day.stop - 1]])
    raise InvalidInput(
        f"{day.stop - day.start:,} of {len(lines):,} order lines are dated between "
        f"{begin:%Y-%m-%d %H:%M} and {end:%Y-%m-%d %H:%M}, so the dates of the orders are probably "
        "missing, and recent sales could not count more than old ones. Delete these sales, then "
        "import them again with the dates of the orders. If the dates are right or unknown, set "
        "allow_missing_dates in LOOKALIKE_RECOMMENDER to train on them as they are"
    )


def _busiest_day(lines: OrderLines) -> slice:
    """Return the 24 hours with the most order lines."""
    ends = np.searchsorted(lines.at, lines.at + DAY_S)
    first = int(np.argmax(ends - np.arange(len(lines))))
    return slice(first, int(ends[first]))


def _is_implausible(day: slice, lines: OrderLines) -> bool:
    """Return whether a day has many orders, and far more order lines than the other days."""
    count = day.stop - day.start
    orders = np.ptp(number_orders(lines)[day]) + 1
    average = (len(lines) - count) / max(np.ptp(lines.at) / DAY_S, 1)
    return bool(orders >= MANY_ORDERS and count >= max(SHARE * len(lines), RATIO * average))
