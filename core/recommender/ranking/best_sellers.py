"""The items with the most orders in the last days of the sales, by region."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommendations import Popular, Recommendation
from core.recommender.algorithms.popularity import orders_in_regions
from core.recommender.order_line_arrays import OrderLines
from core.recommender.reasons.regional_popularity import orders_by_region


def best_sellers(
    lines: OrderLines,
    skus: Sequence[str],
    allowed: NDArray[np.bool_],
    days: int,
    *,
    min_orders: int,
    length: int,
) -> Iterator[tuple[str, list[Recommendation]]]:
    """Yield the best sellers of each region with enough orders in the last `days` days.

    Items with equal numbers of orders are sorted by SKU; items without orders are left out. The
    root region always has a list, which is empty if the times of the sales are unknown.

    Args:
        lines: order lines; the days end with the newest one.
        allowed: (items,): which items may be listed.
        min_orders: the fewest orders of a region with a list.
        length: the most items in a list.
    """
    root = lines.regions.everywhere
    if not lines.has_times:
        yield lines.regions.keys[root], []
        return
    recent = lines.select(lines.days_ago < days)
    counts = orders_by_region(recent)
    large = orders_in_regions(recent) >= min_orders
    large[root] = True
    for region in np.flatnonzero(large).tolist():
        key = lines.regions.keys[region]
        best = _most_ordered(counts[[region]], skus, allowed, length)
        yield key, [Recommendation(sku, float(n), [Popular(key, n, days)]) for sku, n in best]


def _most_ordered(
    counts: sparse.csr_matrix, skus: Sequence[str], allowed: NDArray[np.bool_], length: int
) -> list[tuple[str, int]]:
    """Return the SKUs with the most orders, and their orders; `counts` is (1, items)."""
    is_allowed = allowed[counts.indices]
    items, orders = counts.indices[is_allowed], counts.data[is_allowed].astype(np.int64)
    if len(items) > length:  # sorting thousands of items by SKU would take longer than counting
        least = np.partition(orders, -length)[-length]
        items, orders = items[orders >= least], orders[orders >= least]
    ranked = sorted(
        (-n, skus[item]) for item, n in zip(items.tolist(), orders.tolist(), strict=True)
    )
    return [(sku, -n) for n, sku in ranked[:length]]
