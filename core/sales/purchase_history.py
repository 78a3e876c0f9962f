"""The order count and the last purchases of each user."""

from collections import defaultdict
from collections.abc import Sequence

import pandas as pd

from core.recommendations import Purchase, UserPurchases

RECENT = 20


class PurchaseHistory:
    """Looks up the order count and the last `RECENT` purchases of users."""

    def __init__(self, order_lines: pd.DataFrame) -> None:
        by_user = order_lines.groupby("user", observed=True, sort=False)
        self._orders = by_user["order"].nunique()
        self._recent = by_user[["user", "sku", "at"]].tail(RECENT)[::-1]

    def of_users(self, users: Sequence[str]) -> dict[str, UserPurchases]:
        """Return the order count and the last purchases of each user, newest first."""
        rows = self._recent[self._recent["user"].isin(users)]
        times = rows["at"].dt.to_pydatetime()  # formatting pandas' own times is five times slower
        purchases = defaultdict[str, list[Purchase]](list)
        for user, sku, at in zip(rows["user"], rows["sku"], times, strict=True):
            purchases[user].append(Purchase(sku, at.isoformat()))
        orders = self._orders.reindex(users, fill_value=0)
        return {
            user: UserPurchases(count, purchases[user])
            for user, count in zip(users, orders.tolist(), strict=True)
        }
