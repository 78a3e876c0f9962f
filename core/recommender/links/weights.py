"""Weights of links: how strongly an item in a basket suggests another item."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.ease import ease_weights, most_bought
from core.recommender.links.baskets import Baskets, Numbers

Orders = NDArray[np.floating]
Weigh = Callable[[Numbers, Numbers, Orders], NDArray[np.floating]]
"""Maps pairs of an item in the basket and another item, and the orders with both, to weights."""

SHRINKAGE = 3.0
"""The cosine of items with this many orders in common is halved: few orders say little."""
EASE_PENALTY = 50.0
"""Orders are smaller than all purchases of a user, so less regularisation is best."""


def cosine(baskets: Baskets) -> Weigh:
    """Weigh links by the cosine of the orders that contain the items, shrunk for few orders."""
    counts = baskets.counts

    def weigh(item: Numbers, linked: Numbers, both: Orders) -> NDArray[np.floating]:
        return both / np.sqrt(counts[item] * counts[linked]) * (both / (both + SHRINKAGE))

    return weigh


def ease(baskets: Baskets, best_sellers: int) -> Weigh:
    """Weigh links by EASE of orders (Steck 2019), which discounts what other items explain.

    EASE learns from the best sellers. A link from or to any other item weighs what EASE would give
    it if no other item explained anything.
    """
    counts = baskets.counts
    learned = most_bought(baskets.matrix, best_sellers)
    weights = ease_weights(baskets.matrix[:, learned], EASE_PENALTY)
    position = np.full(len(counts), -1)
    position[learned] = np.arange(len(learned))

    def weigh(item: Numbers, linked: Numbers, both: Orders) -> NDArray[np.floating]:
        row, column = position[item], position[linked]
        alone = both / (counts[item] + EASE_PENALTY)
        return np.where((row < 0) | (column < 0), alone, weights[row, column])

    return weigh
