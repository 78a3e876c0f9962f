"""Why an item is in a list: what can be shown for it, not what the arithmetic felt.

Reasons, the strongest kind first; each recommendation has at least one:

* `{"kind": "bought_together", "with": sku, "orders": n}`: the user bought it; n orders hold both.
* `{"kind": "looks_like", "with": sku, "similarity": s}`: the user bought it; s is cosine.
* `{"kind": "popular", "region": key, "orders": n, "days": d}`: orders there in the last d days.
* `{"kind": "new"}`: nobody has bought it yet.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.algorithm import Users
from core.recommender.algorithms.neighbours import nearest_items
from core.recommender.algorithms.popularity import orders_in_regions, region_counts
from core.recommender.interactions import Interactions
from core.recommender.looks import Alike
from core.recommender.lookup import Lookup
from core.recommender.purchases import Ints, home_regions

Reason = dict[str, Any]
Items = NDArray[np.intp]
Found = tuple[Items, NDArray[np.float64]]
"""(users, length) each: what the user bought that is linked most, and how much; 0: nothing is."""

STRIKING = 4.0  # two standard deviations liker than others
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


class Evidence:
    """Everything reasons are drawn from."""

    def __init__(
        self, interactions: Interactions, skus: Sequence[str], alike: Alike | None, days: int
    ) -> None:
        lines = interactions.lines
        self.skus, self.regions = skus, lines.regions
        self.bought = interactions.weighted()
        self.homes = home_regions(lines)
        self.together = _orders_with_both(interactions)
        self.alike = None if alike is None else _strikingly(alike)
        self.recent = _popular(interactions, days)
        self.orders_in = orders_in_regions(lines)
        self.days = int(lines.days_ago.max()) + 1
        self.orders_of = np.asarray(interactions.orders().sum(axis=0)).ravel()

    def reasons(self, users: Users, items: Items) -> Iterator[list[list[Reason]]]:
        """For each user and each of the items (users, length), what speaks for it."""
        bought = self.bought[users]
        told = [
            self._linked("bought_together", "orders", strongest(self.together, bought, items), int),
            self._popular(self.regions.paths[self.homes[users]], items),
        ]
        if self.alike is not None:
            found = strongest(self.alike, bought, items)
            told.insert(1, self._linked("looks_like", "similarity", found, _rounded))
        for row in range(len(items)):
            yield [
                [one for kind in told if (one := kind(row, place))] or [self._plain(item)]
                for place, item in enumerate(items[row])
            ]

    def large_regions(self, orders: int) -> Ints:
        """Everywhere, and each region with at least so many orders in all."""
        large = self.orders_in >= orders
        large[self.regions.everywhere] = True
        return np.flatnonzero(large).astype(np.int32)

    def in_regions(self, regions: Ints, items: Items) -> Iterator[list[list[Reason]]]:
        """For each region and each of the items (regions, length), why it is in its list."""
        told = self._popular(self.regions.paths[regions], items)
        for row in range(len(items)):
            yield [[told(row, place) or self._plain(item)] for place, item in enumerate(items[row])]

    def _linked(
        self, kind: str, measure: str, found: Found, shown: Callable[[float], float]
    ) -> Callable[[int, int], Reason | None]:
        having, strength = (one.tolist() for one in found)

        def told(row: int, place: int) -> Reason | None:
            if strength[row][place] <= 0:
                return None
            sku = self.skus[having[row][place]]
            return {"kind": kind, "with": sku, measure: shown(strength[row][place])}

        return told

    def _popular(self, paths: Ints, items: Items) -> Callable[[int, int], Reason | None]:
        where, orders = popular_near(self.recent, paths, items)
        keys, regions, counts = self.regions.keys, where.tolist(), orders.tolist()

        def told(row: int, place: int) -> Reason | None:
            if not counts[row][place]:
                return None
            return self._sold(keys[regions[row][place]], counts[row][place], self.recent.days)

        return told

    def _plain(self, item: int) -> Reason:
        """When nothing else is to be said: its orders, or that it has none."""
        orders = self.orders_of[item]
        return self._sold("", orders, self.days) if orders else {"kind": "new"}

    @staticmethod
    def _sold(region: str, orders: float, days: int) -> Reason:
        return {"kind": "popular", "region": region, "orders": int(orders), "days": days}


def strongest(links: Lookup, bought: sparse.csr_matrix, items: Items) -> Found:
    """Of what each user bought, what is linked most to each of the items.

    Args:
        links: (items, items), nothing below 0.
        bought: (users, items), what each user bought.
        items: (users, length).
    """
    sizes = np.diff(bought.indptr)
    having, most = np.zeros_like(items), np.zeros(items.shape)
    some = np.flatnonzero(sizes)
    if not len(some):
        return having, most
    user = np.repeat(np.arange(len(items)), sizes)
    values = links.at(bought.indices[:, None], items[user])
    starts = bought.indptr[some]
    most[some] = np.maximum.reduceat(values, starts, axis=0)
    place = np.where(values == most[user], np.arange(len(user))[:, None], len(user))
    having[some] = bought.indices[np.minimum.reduceat(place, starts, axis=0)]
    return having, most


def popular_near(
    popular: Popular, paths: Ints, items: Items
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


def _orders_with_both(interactions: Interactions) -> Lookup:
    """How many orders hold both items, for the pairs that go together best."""
    links = nearest_items(interactions.orders(), "cosine").tocoo()
    orders = np.asarray(interactions.orders().sum(axis=0)).ravel()
    both = np.rint(links.data * np.sqrt(orders[links.row] * orders[links.col]))
    return Lookup(sparse.csr_matrix((both, (links.row, links.col)), shape=links.shape))


def _strikingly(alike: Alike) -> Lookup:
    cosine = alike.cosine.copy()
    cosine.data = np.where(alike.striking.data >= STRIKING, np.clip(cosine.data, 0, 1), 0)
    return Lookup(cosine)


def _popular(interactions: Interactions, days: int) -> Popular:
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


def _rounded(similarity: float) -> float:
    return round(similarity, 4)
