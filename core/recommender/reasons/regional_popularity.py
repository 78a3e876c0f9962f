"""Popular items by region: the items with the most orders in a recent period."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.popularity import region_counts
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import Ints, OrderLines
from core.recommender.reasons.sparse_lookup import SparseLookup

MIN_ORDERS = 3
TOP_ITEMS = 50  # popular items are among this many best sellers of a region


@dataclass(frozen=True)
class RegionalPopularity:
    """Orders by region in the last `days` days."""

    orders: SparseLookup
    """(regions, items): number of orders."""
    threshold: NDArray[np.float64]
    """(regions,): the least number of orders of a popular item."""
    days: int


def recent_popularity(interactions: Interactions, days: int) -> RegionalPopularity:
    """For each region and item, count the item's orders in the last `days` days."""
    lines = interactions.lines
    orders = orders_by_region(lines.select(lines.days_ago < days))
    return RegionalPopularity(SparseLookup(orders), _thresholds(orders), days)


def orders_by_region(lines: OrderLines) -> sparse.csr_matrix:
    """Return float64 (regions, items): the number of orders with the item, in each region."""
    first = lines.items_of_orders
    return region_counts(lines, first, np.ones(len(first)))


def _thresholds(orders: sparse.csr_matrix) -> NDArray[np.float64]:
    thresholds = np.full(orders.shape[0], float(MIN_ORDERS))
    for region in np.flatnonzero(np.diff(orders.indptr) > TOP_ITEMS):
        counts = orders.data[orders.indptr[region] : orders.indptr[region + 1]]
        thresholds[region] = max(MIN_ORDERS, np.partition(counts, -TOP_ITEMS)[-TOP_ITEMS])
    return thresholds


def nearest_popular_region(
    popularity: RegionalPopularity, paths: Ints, items: NDArray[np.intp]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the nearest region where each item is popular, and its orders there.

    Both are (users, length), like `items`; the orders are 0 if the item is popular nowhere. `paths`
    (users, depth) holds each user's regions, nearest first.
    """
    regions, orders = np.zeros(items.shape, np.int32), np.zeros(items.shape)
    for level in reversed(range(paths.shape[1])):
        region = paths[:, level, None]
        count = popularity.orders.at(region, items)
        popular = count >= popularity.threshold[region]
        regions, orders = np.where(popular, region, regions), np.where(popular, count, orders)
    return regions, orders
