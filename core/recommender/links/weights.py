"""Weights of links: how strongly an item in a basket suggests another item."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.recommender.algorithms.ease import invert
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


def ease(baskets: Baskets) -> Weigh:
    """Weigh links by EASE of orders (Steck 2019), which discounts what other items explain."""
    used = np.flatnonzero(baskets.counts)
    position = np.zeros(len(baskets.counts), np.intp)
    position[used] = np.arange(len(used))
    orders = baskets.matrix[:, used]
    gram = (orders.T @ orders).toarray(order="F")
    gram[np.diag_indices_from(gram)] += EASE_PENALTY
    inverse = invert(gram)
    scale = -np.diag(inverse)

    def weigh(item: Numbers, linked: Numbers, both: Orders) -> NDArray[np.floating]:  # noqa: ARG001
        row, column = position[item], position[linked]
        return np.asarray(inverse[row, column] / scale[column])

    return weigh
