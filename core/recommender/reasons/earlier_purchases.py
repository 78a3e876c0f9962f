"""The user's earlier purchases of a recommended item, as a reason to buy it again."""

from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.recommendations import BoughtBefore
from core.recommender.algorithms.base import Users
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import DAY_S
from core.recommender.reasons.explanations import Explanations, explain
from core.recommender.reasons.sparse_lookup import SparseLookup


class EarlierPurchases:
    """How often and when each user bought an item; found only if any list has such items."""

    def __init__(self, interactions: Interactions) -> None:
        self.interactions = interactions
        self.purchases = interactions.purchase_matrix()

    def reasons(self, users: Users, items: NDArray[np.intp]) -> Explanations:
        """Return the reasons of those items that the user has bought.

        `items` is (users, length).
        """
        row = np.arange(len(users))[:, None]
        bought = SparseLookup(self.purchases[users]).at(row, items)
        places = np.flatnonzero(bought)
        if not len(places):
            return ()
        row, item = places // items.shape[1], items.ravel()[places]
        orders = SparseLookup(self._orders[users]).at(row, item).astype(int)
        days = SparseLookup(self._last_days[users]).at(row, item).astype(int)
        return explain(places, _bought_before, orders.tolist(), days.tolist())

    @cached_property
    def _orders(self) -> sparse.csr_matrix:
        return self.interactions.frequency_matrix()

    @cached_property
    def _last_days(self) -> sparse.csr_matrix:
        """(users, items): the day of the last purchase, since 1970; 0 if times are unknown."""
        at = self.interactions.lines.at[self.interactions.last_purchases]
        days = np.where(np.isfinite(at), at // DAY_S, 0)
        parts = days, self.purchases.indices, self.purchases.indptr
        return sparse.csr_matrix(parts, shape=self.purchases.shape)


def _bought_before(orders: int, day: int) -> BoughtBefore:
    last = datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat() if day else None
    return BoughtBefore(orders, last)
