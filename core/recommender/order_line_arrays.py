"""Order lines as arrays of numbers."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.recommender.regions import EVERYWHERE, regions_of

Ints = NDArray[np.int32]
DAY_S = 86_400.0
_EPOCH = pd.Timestamp(0, tz="UTC")


@dataclass(frozen=True)
class Regions:
    """All regions of the sales, as a tree."""

    keys: list[str]
    paths: Ints
    """(regions, depth): a region and its ancestors, nearest first, padded with the last."""

    @property
    def everywhere(self) -> int:
        """Index of the root region, which contains all other regions."""
        return int(self.paths[0, -1])


@dataclass(frozen=True)
class OrderLines:
    """Order lines, oldest first, with users, items, orders and regions as integer indices."""

    user: Ints
    item: Ints
    order: Ints
    region: Ints
    at: NDArray[np.float64]
    users: int
    """Number of users, including those without a line here."""
    items: int
    """Number of items, including those without a line here."""
    regions: Regions

    def __len__(self) -> int:
        return len(self.user)

    @property
    def has_times(self) -> bool:
        """Whether all times are known and span more than a day, as a split by time needs."""
        return bool(np.isfinite(self.at).all() and len(self) and np.ptp(self.at) > DAY_S)

    @property
    def days_ago(self) -> NDArray[np.float64]:
        """Age of each line in days relative to the newest line; all 0 if times are unknown."""
        return (self.at.max() - self.at) / DAY_S if self.has_times else np.zeros(len(self))

    @property
    def user_items(self) -> NDArray[np.int64]:
        """(lines,): a number that identifies the line's pair of user and item."""
        return self.user.astype(np.int64) * self.items + self.item

    @property
    def items_of_orders(self) -> NDArray[np.intp]:
        """The first line of each item in each order: an order may have several lines with it."""
        order_items = self.order.astype(np.int64) * self.items + self.item
        return np.asarray(np.unique(order_items, return_index=True)[1])

    def select(self, rows: NDArray[np.bool_]) -> Self:
        """Return the lines that a mask selects; users and items keep their numbers."""
        columns = {
            name: getattr(self, name)[rows] for name in ("user", "item", "order", "region", "at")
        }
        return replace(self, **columns)


def to_order_lines(purchases: pd.DataFrame, items: int) -> OrderLines:
    """Number the users, items and regions of a frame of order lines.

    Args:
        purchases: result of `core.sales.order_line_frame.read_order_lines`; `at` is NaT where
            unknown.
        items: number of items, including those without sales.

    Raises:
        InvalidInput: there are no order lines.
    """
    if purchases.empty:
        raise InvalidInput("there are no sales to learn from; import some")
    region, regions = _number_regions(purchases)
    return OrderLines(
        purchases["user"].cat.codes.to_numpy(np.int32),
        purchases["sku"].cat.codes.to_numpy(np.int32),
        purchases["order"].to_numpy(),
        region,
        ((purchases["at"] - _EPOCH) / pd.Timedelta(seconds=1)).to_numpy(),
        len(purchases["user"].cat.categories),
        items,
        regions,
    )


def home_regions(lines: OrderLines) -> Ints:
    """Return (users,): the region of each user's last purchase, else the root region."""
    homes = np.full(lines.users, lines.regions.everywhere, np.int32)
    homes[lines.user] = lines.region  # lines are oldest first: the last assignment stays
    return homes


def _number_regions(purchases: pd.DataFrame) -> tuple[Ints, Regions]:
    by_address = purchases.groupby(["country", "zip"], observed=True)
    paths = [regions_of(country, zip) for country, zip in by_address.size().index]
    keys = sorted({key for path in paths for key in path} | {EVERYWHERE})
    number = {key: n for n, key in enumerate(keys)}
    path_of = {key: path[n:] for path in paths for n, key in enumerate(path)}
    depth = max(map(len, path_of.values()))
    table = [[number[key] for key in path_of[name]] for name in keys]
    padded = np.array([row + [row[-1]] * (depth - len(row)) for row in table], np.int32)
    nearest = np.array([number[path[0]] for path in paths], np.int32)
    return nearest[by_address.ngroup().to_numpy()], Regions(keys, padded)
