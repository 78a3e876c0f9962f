"""Reasons for recommendations: evidence from sales and images."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommendations import BoughtTogether, LooksLike, New, Popular, Reason
from core.recommender.algorithms.base import Users
from core.recommender.algorithms.item_knn import nearest_items
from core.recommender.algorithms.popularity import orders_in_regions
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import Ints, home_regions
from core.recommender.ranking.blend import ColdItems
from core.recommender.reasons.earlier_purchases import EarlierPurchases
from core.recommender.reasons.regional_popularity import nearest_popular_region, recent_popularity
from core.recommender.reasons.resemblance import NO_ITEM, find_resemblance
from core.recommender.reasons.sparse_lookup import SparseLookup
from core.recommender.visual_neighbours import VisualNeighbours

Items = NDArray[np.intp]
ReasonAt = Callable[[int, int], Reason | None]
"""Maps the row of a user and the position of an item to a reason, if there is one."""
Links = tuple[Items, NDArray[np.float64]]
"""(users, length) each: the purchase with the strongest link to an item, and its strength or 0."""


class Evidence:
    """The data from which the reasons for recommendations are derived."""

    def __init__(
        self,
        interactions: Interactions,
        skus: Sequence[str],
        neighbours: VisualNeighbours | None,
        days: int,
        cold: ColdItems | None = None,
    ) -> None:
        lines = interactions.lines
        self.skus, self.regions = skus, lines.regions
        self.purchases = interactions.purchase_matrix()
        self.earlier = EarlierPurchases(interactions)
        self.homes = home_regions(lines)
        self.common_orders = _count_common_orders(interactions)
        self.resemblance = None if neighbours is None else find_resemblance(neighbours, cold)
        self.recent = recent_popularity(interactions, days)
        self.orders_in = orders_in_regions(lines)
        self.days = int(lines.days_ago.max()) + 1
        self.orders_of = np.asarray(interactions.order_matrix().sum(axis=0)).ravel()

    def reasons(self, users: Users, items: Items) -> Iterator[list[list[Reason]]]:
        """Yield the reasons of each item for each user; `items` is (users, length)."""
        purchases = self.purchases[users]
        common_orders = strongest_links(self.common_orders, purchases, items)
        kinds: list[ReasonAt] = [
            self.earlier.reasons(users, items),
            self._linked(common_orders, lambda sku, orders: BoughtTogether(sku, int(orders))),
            self._looks_like(purchases, items),
            self._popular(self.regions.paths[self.homes[users]], items),
        ]
        for row in range(len(items)):
            yield [
                [reason for kind in kinds if (reason := kind(row, position))]
                or [self._default(item)]
                for position, item in enumerate(items[row])
            ]

    def large_regions(self, orders: int) -> Ints:
        """Return the root region, and each region with at least this many orders."""
        large = self.orders_in >= orders
        large[self.regions.everywhere] = True
        return np.flatnonzero(large).astype(np.int32)

    def in_regions(self, regions: Ints, items: Items) -> Iterator[list[list[Reason]]]:
        """Yield the reasons of each item for each region; `items` is (regions, length)."""
        popular = self._popular(self.regions.paths[regions], items)
        for row in range(len(items)):
            yield [
                [popular(row, position) or self._like_warm_item(item) or self._default(item)]
                for position, item in enumerate(items[row])
            ]

    def _linked(self, links: Links, make: Callable[[str, float], Reason]) -> ReasonAt:
        purchases, strengths = (column.tolist() for column in links)
        make = cache(make)  # a lookup takes a third of the time of creating an object

        def reason_at(row: int, position: int) -> Reason | None:
            strength = strengths[row][position]
            if strength <= 0:
                return None
            return make(self.skus[purchases[row][position]], strength)

        return reason_at

    def _looks_like(self, purchases: sparse.csr_matrix, items: Items) -> ReasonAt:
        links = np.zeros_like(items), np.zeros(items.shape)
        if self.resemblance:
            links = strongest_links(self.resemblance.cosine, purchases, items)
        like_purchase = self._linked(links, lambda sku, cosine: LooksLike(sku, round(cosine, 4)))
        return lambda row, position: (
            like_purchase(row, position) or self._like_warm_item(items[row, position])
        )

    def _like_warm_item(self, item: int) -> Reason | None:
        """Explain the score of a cold item by the warm item whose score it inherits."""
        if self.resemblance is None or (warm := self.resemblance.closest_warm[item]) == NO_ITEM:
            return None
        cosine = round(float(self.resemblance.closest_cosine[item]), 4)
        return LooksLike(self.skus[warm], cosine, int(self.orders_of[warm]))

    def _popular(self, paths: Ints, items: Items) -> ReasonAt:
        nearest, orders = nearest_popular_region(self.recent, paths, items)
        keys, regions, counts = self.regions.keys, nearest.tolist(), orders.astype(int).tolist()
        make = cache(Popular)

        def reason_at(row: int, position: int) -> Reason | None:
            if not (count := counts[row][position]):
                return None
            return make(keys[regions[row][position]], count, self.recent.days)

        return reason_at

    def _default(self, item: int) -> Reason:
        """Return the fallback reason: the item's total number of orders, or that it is new."""
        orders = self.orders_of[item]
        return Popular("", int(orders), self.days) if orders else New()


def strongest_links(links: SparseLookup, purchases: sparse.csr_matrix, items: Items) -> Links:
    """For each user and item, return the user's purchase that has the strongest link to the item.

    `links` is (items, items) and not negative, `purchases` (users, items), `items` (users, length).
    """
    sizes = np.diff(purchases.indptr)
    linked, strength = np.zeros_like(items), np.zeros(items.shape)
    buyers = np.flatnonzero(sizes)
    if not len(buyers):
        return linked, strength
    user = np.repeat(np.arange(len(items)), sizes)
    values = links.at(purchases.indices[:, None], items[user])
    starts = purchases.indptr[buyers]
    strength[buyers] = np.maximum.reduceat(values, starts, axis=0)
    position = np.where(values == strength[user], np.arange(len(user))[:, None], len(user))
    linked[buyers] = purchases.indices[np.minimum.reduceat(position, starts, axis=0)]
    return linked, strength


def _count_common_orders(interactions: Interactions) -> SparseLookup:
    """For the pairs of items with the largest cosines, count the orders that contain both."""
    orders = interactions.order_matrix()
    links = nearest_items(orders, "cosine").tocoo()
    count = np.asarray(orders.sum(axis=0)).ravel()
    both = np.rint(links.data * np.sqrt(count[links.row] * count[links.col]))
    return SparseLookup(sparse.csr_matrix((both, (links.row, links.col)), shape=links.shape))
