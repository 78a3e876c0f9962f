"""Why an item is in a list: what can be shown for it, not what the arithmetic felt.

Reasons, the strongest kind first; each recommendation has at least one:

* `{"kind": "bought_together", "with": sku, "orders": n}`: the user bought it; n orders hold both.
* `{"kind": "looks_like", "with": sku, "similarity": s}`: the user bought it; s is cosine.
* `{"kind": "looks_like", "with": sku, "similarity": s, "orders": n}`: the item is cold, and nothing
  the user bought looks like it; of what is sold this does most, and n orders hold it.
* `{"kind": "popular", "region": key, "orders": n, "days": d}`: orders there in the last d days.
* `{"kind": "new"}`: nobody has bought it yet, and it looks like nothing that is sold.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommender.algorithms.base import Users
from core.recommender.algorithms.item_knn import nearest_items
from core.recommender.algorithms.popularity import orders_in_regions
from core.recommender.interactions import Interactions
from core.recommender.purchases import Ints, home_regions
from core.recommender.ranking.blend import ColdItems
from core.recommender.reasons.regional_popularity import popular_near, popular_of
from core.recommender.reasons.resemblance import NOBODY, resemblance
from core.recommender.reasons.sparse_lookup import Lookup
from core.recommender.visual_similarity import Alike

Reason = dict[str, Any]
Items = NDArray[np.intp]
Told = Callable[[int, int], Reason | None]
"""From the place of a user and that of an item, if there is anything to tell."""
Found = tuple[Items, NDArray[np.float64]]
"""(users, length) each: what the user bought that is linked most, and how much; 0: nothing is."""


class Evidence:
    """Everything reasons are drawn from."""

    def __init__(
        self,
        interactions: Interactions,
        skus: Sequence[str],
        alike: Alike | None,
        days: int,
        cold: ColdItems | None = None,
    ) -> None:
        lines = interactions.lines
        self.skus, self.regions = skus, lines.regions
        self.bought = interactions.weighted()
        self.homes = home_regions(lines)
        self.together = _orders_with_both(interactions)
        self.alike = None if alike is None else resemblance(alike, cold)
        self.recent = popular_of(interactions, days)
        self.orders_in = orders_in_regions(lines)
        self.days = int(lines.days_ago.max()) + 1
        self.orders_of = np.asarray(interactions.orders().sum(axis=0)).ravel()

    def reasons(self, users: Users, items: Items) -> Iterator[list[list[Reason]]]:
        """For each user and each of the items (users, length), what speaks for it."""
        bought = self.bought[users]
        together = strongest(self.together, bought, items)
        told = [
            self._linked("bought_together", "orders", together, int),
            self._alike(bought, items),
            self._popular(self.regions.paths[self.homes[users]], items),
        ]
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
            yield [
                [told(row, place) or self._like_sold(item) or self._plain(item)]
                for place, item in enumerate(items[row])
            ]

    def _linked(
        self, kind: str, measure: str, found: Found, shown: Callable[[float], float]
    ) -> Told:
        having, strength = (one.tolist() for one in found)

        def told(row: int, place: int) -> Reason | None:
            if strength[row][place] <= 0:
                return None
            sku = self.skus[having[row][place]]
            return {"kind": kind, "with": sku, measure: shown(strength[row][place])}

        return told

    def _alike(self, bought: sparse.csr_matrix, items: Items) -> Told:
        none = np.zeros_like(items), np.zeros(items.shape)
        found = strongest(self.alike.cosine, bought, items) if self.alike else none
        like_bought = self._linked("looks_like", "similarity", found, _rounded)
        return lambda row, place: like_bought(row, place) or self._like_sold(items[row, place])

    def _like_sold(self, item: int) -> Reason | None:
        """Where the score of a cold item comes from, if not from what the user bought."""
        if self.alike is None or (sold := self.alike.model[item]) == NOBODY:
            return None
        return {
            "kind": "looks_like",
            "with": self.skus[sold],
            "similarity": _rounded(float(self.alike.closeness[item])),
            "orders": int(self.orders_of[sold]),
        }

    def _popular(self, paths: Ints, items: Items) -> Told:
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


def _orders_with_both(interactions: Interactions) -> Lookup:
    """How many orders hold both items, for the pairs that go together best."""
    links = nearest_items(interactions.orders(), "cosine").tocoo()
    orders = np.asarray(interactions.orders().sum(axis=0)).ravel()
    both = np.rint(links.data * np.sqrt(orders[links.row] * orders[links.col]))
    return Lookup(sparse.csr_matrix((both, (links.row, links.col)), shape=links.shape))


def _rounded(similarity: float) -> float:
    return round(similarity, 4)
