"""Reasons for recommendations: evidence from sales and images."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, repeat

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
from core.recommender.reasons.explanations import Explanations, explain
from core.recommender.reasons.regional_popularity import nearest_popular_region, recent_popularity
from core.recommender.reasons.resemblance import NO_ITEM, find_resemblance
from core.recommender.reasons.sparse_lookup import SparseLookup
from core.recommender.visual_neighbours import VisualNeighbours

Items = NDArray[np.intp]
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
        kinds = [
            self.earlier.reasons(users, items),
            self._linked(common_orders, lambda sku, orders: BoughtTogether(sku, int(orders))),
            self._looks_like(purchases, items),
            self._popular(self.regions.paths[self.homes[users]], items),
        ]
        return self._gather(items, kinds)

    def large_regions(self, orders: int) -> Ints:
        """Return the root region, and each region with at least this many orders."""
        large = self.orders_in >= orders
        large[self.regions.everywhere] = True
        return np.flatnonzero(large).astype(np.int32)

    def in_regions(self, regions: Ints, items: Items) -> Iterator[list[list[Reason]]]:
        """Yield the reasons of each item for each region; `items` is (regions, length)."""
        kinds = [self._popular(self.regions.paths[regions], items), self._like_warm_items(items)]
        for reasons in self._gather(items, kinds):
            yield [row[:1] for row in reasons]

    def _gather(self, items: Items, kinds: Sequence[Explanations]) -> Iterator[list[list[Reason]]]:
        """Yield the reasons of each row of items; an item without any has the default reason."""
        reasons: list[list[Reason]] = [[] for _ in range(items.size)]
        for kind in kinds:
            for place, reason in kind:
                reasons[place].append(reason)
        for of_item, item in zip(reasons, items.ravel().tolist(), strict=True):
            if not of_item:
                of_item.append(self._default(item))
        length = items.shape[1]
        return (reasons[start : start + length] for start in range(0, items.size, length))

    def _linked(self, links: Links, make: Callable[[str, float], Reason]) -> Explanations:
        purchases, strengths = (column.ravel() for column in links)
        places = np.flatnonzero(strengths > 0)
        skus = map(self.skus.__getitem__, purchases[places].tolist())
        return explain(places, make, skus, strengths[places].tolist())

    def _looks_like(self, purchases: sparse.csr_matrix, items: Items) -> Explanations:
        """Find purchases that an item resembles or, if there are none, the warm item it does."""
        if not self.resemblance:
            return ()
        links = strongest_links(self.resemblance.cosine, purchases, items)
        like_purchase = self._linked(links, lambda sku, cosine: LooksLike(sku, round(cosine, 4)))
        return chain(like_purchase, self._like_warm_items(np.where(links[1] > 0, NO_ITEM, items)))

    def _like_warm_items(self, items: Items) -> Explanations:
        """Explain the scores of cold items by the warm items whose scores they inherit."""
        if not self.resemblance:
            return ()
        warm = np.where(items == NO_ITEM, NO_ITEM, self.resemblance.closest_warm[items]).ravel()
        places = np.flatnonzero(warm != NO_ITEM)
        cosine = self.resemblance.closest_cosine[items.ravel()[places]].round(4)
        skus = map(self.skus.__getitem__, warm[places].tolist())
        orders = self.orders_of[warm[places]].astype(int)
        return explain(places, LooksLike, skus, cosine.tolist(), orders.tolist())

    def _popular(self, paths: Ints, items: Items) -> Explanations:
        nearest, orders = nearest_popular_region(self.recent, paths, items)
        places = np.flatnonzero(orders)
        keys = map(self.regions.keys.__getitem__, nearest.ravel()[places].tolist())
        counts = orders.ravel()[places].astype(int).tolist()
        return explain(places, Popular, keys, counts, repeat(self.recent.days))

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
