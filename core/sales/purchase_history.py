"""The order count, the last purchases and the order lines of each user."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from core.recommendations import OrderLines, Purchase, UserPurchases

RECENT = 20
MAX_ORDER_LINES = 200
"""An account that all guests share may have very many, which would fill the cache."""


class KnownUser(NamedTuple):
    """What the sales say of a user."""

    purchases: UserPurchases
    lines: OrderLines


class PurchaseHistory:
    """Looks up the order count, the last `RECENT` purchases and the order lines of users."""

    def __init__(self, order_lines: pd.DataFrame) -> None:
        by_user = order_lines.groupby("user", observed=False, sort=False)
        self._users = order_lines["user"].cat.categories
        self._orders = by_user["order"].nunique().reindex(self._users, fill_value=0).to_numpy()
        self._lines = order_lines
        user = order_lines["user"].cat.codes.to_numpy()
        self._places = np.argsort(user, kind="stable")  # the lines of each user, oldest first
        self._starts = np.searchsorted(user[self._places], np.arange(len(self._users) + 1))

    def of_users(self, users: Sequence[str]) -> dict[str, KnownUser]:
        """Return what is known of each user, newest first."""
        numbers = self._users.get_indexer(pd.Index(users))
        starts, ends = self._starts[numbers], self._starts[numbers + 1]
        first_kept = np.maximum(starts, ends - MAX_ORDER_LINES)
        columns = self._read(first_kept, ends)
        bounds = pairwise([0, *np.cumsum(ends - first_kept).tolist()])
        facts = self._orders[numbers].tolist(), (first_kept == starts).tolist()
        return {
            user: columns.of_user(slice(*rows), orders, complete)
            for user, rows, orders, complete in zip(users, bounds, *facts, strict=True)
        }

    def _read(self, starts: np.ndarray, ends: np.ndarray) -> "_Columns":
        """Read the lines of several users, each user's newest first."""
        places = [self._places[start:end][::-1] for start, end in zip(starts, ends, strict=True)]
        lines = self._lines.take(np.concatenate(places))
        seconds = lines["at"].to_numpy("datetime64[s]")
        return _Columns(
            lines["sku"].tolist(),
            np.datetime_as_string(seconds).tolist(),  # pandas takes ten times as long
            seconds.astype(np.int64).tolist(),
            lines["order"].tolist(),
            lines["quantity"].tolist(),
        )


class _Columns(NamedTuple):
    """Columns of order lines; slices of lists take far less time than an object for each line."""

    skus: list[str]
    times: list[str]
    seconds: list[int]
    orders: list[int]
    quantities: list[int]

    def of_user(self, rows: slice, orders: int, complete: bool) -> KnownUser:
        """Return what the rows of a user say."""
        recent = slice(rows.start, min(rows.stop, rows.start + RECENT))
        purchases = [
            Purchase(sku, at + "+00:00")
            for sku, at in zip(self.skus[recent], self.times[recent], strict=True)
        ]
        lines = OrderLines(
            self.skus[rows], self.seconds[rows], self.orders[rows], self.quantities[rows], complete
        )
        return KnownUser(UserPurchases(orders, purchases), lines)
