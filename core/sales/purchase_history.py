"""The order count and the last purchases of each user."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.recommendations import Purchase, UserPurchases

RECENT = 20


class PurchaseHistory:
    """Looks up the order count and the last `RECENT` purchases of users."""

    def __init__(self, order_lines: pd.DataFrame) -> None:
        by_user = order_lines.groupby("user", observed=False, sort=False)
        self._users = order_lines["user"].cat.categories
        self._orders = by_user["order"].nunique().reindex(self._users, fill_value=0).to_numpy()
        newest_first = by_user[["user", "sku", "at"]].tail(RECENT)[::-1]
        user = newest_first["user"].cat.codes.to_numpy()
        order = np.argsort(user, kind="stable")
        self._recent = newest_first[["sku", "at"]].take(order)
        self._starts = np.searchsorted(user[order], np.arange(len(self._users) + 1))

    def of_users(self, users: Sequence[str]) -> dict[str, UserPurchases]:
        """Return the order count and the last purchases of each user, newest first."""
        numbers = self._users.get_indexer(pd.Index(users))
        starts, ends = self._starts[numbers], self._starts[numbers + 1]
        places = [place for pair in zip(starts, ends, strict=True) for place in range(*pair)]
        purchases = iter(self._purchases(places))
        sizes, orders = (ends - starts).tolist(), self._orders[numbers].tolist()
        return {
            user: UserPurchases(count, [next(purchases) for _ in range(size)])
            for user, count, size in zip(users, orders, sizes, strict=True)
        }

    def _purchases(self, places: list[int]) -> list[Purchase]:
        rows = self._recent.take(places)
        times = rows["at"].dt.to_pydatetime()  # formatting pandas' own times is five times slower
        return [Purchase(sku, at.isoformat()) for sku, at in zip(rows["sku"], times, strict=True)]
