"""What sells where the user is: zip, zip prefix, country, everywhere, backed off by support."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Algorithm, Scores, Users
from core.recommender.interactions import Interactions
from core.recommender.purchases import Lines, home_regions

KEPT_CELLS = 32_000_000  # of shares by region, kept for the next block


class Popularity(Algorithm):
    """Shares of purchases, halved in `half_life` days.

    A region's own share of an item is mixed with that of the region around it, which counts for as
    much as `support` purchases do: few sales in a small town say little.
    """

    def __init__(self, half_life: float | None = 30, support: float = 200) -> None:
        super().__init__()
        self.half_life, self.support = half_life, support

    def learn(self, interactions: Interactions) -> None:
        """Count by region."""
        lines = interactions.lines
        self.paths = lines.regions.paths
        self.homes = home_regions(lines)
        self.counts = region_counts(lines, self.half_life)
        self.totals = np.asarray(self.counts.sum(axis=1)).ravel()
        self.share = lru_cache(max(KEPT_CELLS // lines.items, 1))(self._share)

    def scores(self, users: Users) -> Scores:
        """The shares in the region where the user last bought."""
        regions, place = np.unique(self.homes[users], return_inverse=True)
        shares: Scores = np.stack([self.share(int(region)) for region in regions])[place]
        return shares

    def _share(self, region: int) -> NDArray[np.float32]:
        own = self.counts[region].toarray()[0]
        around = [wider for wider in self.paths[region] if wider != region]
        if not around:
            return np.asarray(own / max(self.totals[region], 1e-9), np.float32)
        mixed = own + self.support * self.share(int(around[0]))
        return np.asarray(mixed / (self.totals[region] + self.support), np.float32)


def region_counts(lines: Lines, half_life: float | None = None) -> sparse.csr_matrix:
    """float64 (regions, items): purchases in each region and those within it, halved by age."""
    worth = np.ones(len(lines)) if half_life is None else 0.5 ** (lines.days_ago / half_life)
    shape = len(lines.regions.keys), lines.items
    nearest = sparse.csr_matrix((worth, (lines.region, lines.item)), shape=shape)
    return _within(lines.regions.paths) @ nearest


def orders_in_regions(lines: Lines) -> NDArray[np.float64]:
    """(regions,): how many orders were made in each region and those within it."""
    _, first = np.unique(lines.order, return_index=True)
    own = np.bincount(lines.region[first], minlength=len(lines.regions.keys))
    return np.asarray(_within(lines.regions.paths) @ own)


def _within(paths: NDArray[np.int32]) -> sparse.csr_matrix:
    """(regions, regions): 1 where the column's region lies in the row's, or is it."""
    within = np.repeat(np.arange(len(paths)), paths.shape[1])
    ones = sparse.csr_matrix((np.ones(within.size), (paths.ravel(), within)))
    ones.data[:] = 1
    return ones
