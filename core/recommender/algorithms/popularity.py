"""Popularity by zip, zip prefix and country, smoothed with the popularity in larger regions."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Algorithm, Users
from core.recommender.algorithms.regional_shares import RegionalShares
from core.recommender.algorithms.score_block import ScoreBlock
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import OrderLines, home_regions


class Popularity(Algorithm):
    """Share of each item in the purchases of the user's region; newer purchases weigh more.

    A customer counts once for each item, by the last purchase: thousands of orders by one customer
    make no item popular. A region's share is smoothed with that of the next larger region, which
    counts like `support` purchases (a Dirichlet prior): few sales in a small town say little.

    Args:
        half_life: days after which a purchase counts half; None: age does not matter.
        support: weight of the next larger region, in purchases.
    """

    def __init__(self, half_life: float | None = 30, support: float = 200) -> None:
        super().__init__()
        self.half_life, self.support = half_life, support

    def learn(self, interactions: Interactions) -> None:
        """Count the last purchases by region."""
        lines = interactions.lines
        self.homes = home_regions(lines)
        last, weights = interactions.last_purchases, interactions.last_weights(self.half_life)
        counts = region_counts(lines, last, weights)
        self.shares = RegionalShares(counts, lines.regions.paths, self.support)

    def score_block(self, users: Users) -> ScoreBlock:
        """Return the item shares in the region of each user's last purchase."""
        return self.shares.of(self.homes[users])


def region_counts(
    lines: OrderLines, rows: NDArray[np.integer], weights: NDArray[np.float64]
) -> sparse.csr_matrix:
    """Return float64 (regions, items): sums of weights by region, including its subregions.

    `rows` are the lines that count, and `weights` their weights.
    """
    shape = len(lines.regions.keys), lines.items
    pairs = lines.region[rows], lines.item[rows]
    return _containment(lines.regions.paths) @ sparse.csr_matrix((weights, pairs), shape=shape)


def orders_in_regions(lines: OrderLines) -> NDArray[np.float64]:
    """Return (regions,): the number of orders in each region, including its subregions."""
    _, first = np.unique(lines.order, return_index=True)
    own = np.bincount(lines.region[first], minlength=len(lines.regions.keys))
    return np.asarray(_containment(lines.regions.paths) @ own)


def _containment(paths: NDArray[np.int32]) -> sparse.csr_matrix:
    """Return (regions, regions): 1 where the row's region contains or equals the column's."""
    inner = np.repeat(np.arange(len(paths)), paths.shape[1])
    contains = sparse.csr_matrix((np.ones(inner.size), (paths.ravel(), inner)))
    contains.data[:] = 1
    return contains
