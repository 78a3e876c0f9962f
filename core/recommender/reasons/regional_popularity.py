"""What is popular where: the items with the most orders of the last days, region by region."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.popularity import region_counts
from core.recommender.interactions import Interactions
from core.recommender.purchases import Ints
from core.recommender.reasons.sparse_lookup import Lookup

FEWEST_ORDERS = 3
POPULAR = 50  # an item is popular in a region if it is among so many there


@dataclass(frozen=True)
class Popular:
    """Orders by region in the last days."""

    orders: Lookup
    """(regions, items)."""
    bar: NDArray[np.float64]
    """(regions,): so many orders make an item popular there."""
    days: int


def popular_of(interactions: Interactions, days: int) -> Popular:
    """Count each item once an order."""
    lines = interactions.lines
    late = lines.take(lines.days_ago < days)
    pairs = late.order.astype(np.int64) * late.items + late.item
    once = np.zeros(len(late), bool)
    once[np.unique(pairs, return_index=True)[1]] = True
    orders = region_counts(late.take(once))
    return Popular(Lookup(orders), _bars(orders), days)


def _bars(orders: sparse.csr_matrix) -> NDArray[np.float64]:
    bars = np.full(orders.shape[0], float(FEWEST_ORDERS))
    for region in np.flatnonzero(np.diff(orders.indptr) > POPULAR):
        counts = orders.data[orders.indptr[region] : orders.indptr[region + 1]]
        bars[region] = max(FEWEST_ORDERS, np.partition(counts, -POPULAR)[-POPULAR])
    return bars


def popular_near(
    popular: Popular, paths: Ints, items: NDArray[np.intp]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """The nearest region where each item is popular, and its orders there; 0 where it is nowhere.

    Args:
        popular: what is popular where.
        paths: (users, depth), each user's regions, nearest first.
        items: (users, length).
    """
    where, orders = np.zeros(items.shape, np.int32), np.zeros(items.shape)
    for level in reversed(range(paths.shape[1])):
        region = paths[:, level, None]
        there = popular.orders.at(region, items)
        enough = there >= popular.bar[region]
        where, orders = np.where(enough, region, where), np.where(enough, there, orders)
    return where, orders
