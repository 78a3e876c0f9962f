"""The sales as they come in, and as the recommender counts them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.recommender.regions import EVERYWHERE, regions_of

Ints = NDArray[np.int32]
DAY_S = 86_400.0


class Purchases(Protocol):
    """Order lines, oldest first; numbers point into the lists of names.

    `at` is in seconds since 1970; NaN where the time is not known.
    """

    @property
    def users(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def skus(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def countries(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def zips(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def user(self) -> Ints: ...  # noqa: D102
    @property
    def item(self) -> Ints: ...  # noqa: D102
    @property
    def order(self) -> Ints: ...  # noqa: D102
    @property
    def country(self) -> Ints: ...  # noqa: D102
    @property
    def zip(self) -> Ints: ...  # noqa: D102
    @property
    def at(self) -> NDArray[np.float64]: ...  # noqa: D102


@dataclass(frozen=True)
class Regions:
    """All regions of the sales, as a tree."""

    keys: list[str]
    paths: Ints
    """(regions, depth): a region and those around it, nearest first, filled up with the last."""

    @property
    def everywhere(self) -> int:
        """The number of the region that holds all others."""
        return int(self.paths[0, -1])


@dataclass(frozen=True)
class Lines:
    """Order lines by number, and how many users and items there are to number."""

    user: Ints
    item: Ints
    order: Ints
    region: Ints
    at: NDArray[np.float64]
    users: int
    items: int
    regions: Regions

    def __len__(self) -> int:
        """How many order lines."""
        return len(self.user)

    @property
    def timed(self) -> bool:
        """Whether the lines are spread over more than a day, so that there is a before."""
        return bool(np.isfinite(self.at).all() and len(self) and np.ptp(self.at) > DAY_S)

    @property
    def days_ago(self) -> NDArray[np.float64]:
        """Age of each line at the time of the last one; all 0 where times are not known."""
        return (self.at.max() - self.at) / DAY_S if self.timed else np.zeros(len(self))

    def take(self, rows: NDArray[np.bool_]) -> Self:
        """Some of the lines; users and items keep their numbers."""
        columns = {
            name: getattr(self, name)[rows] for name in ("user", "item", "order", "region", "at")
        }
        return replace(self, **columns)


def lines_of(purchases: Purchases, items: int) -> Lines:
    """The order lines, in a space of so many items: those sold first, then those never sold.

    Raises:
        InvalidInput: there are no order lines.
    """
    if not len(purchases.user):
        raise InvalidInput("there are no sales to learn from: import some")
    region, regions = _regions(purchases)
    return Lines(
        purchases.user,
        purchases.item,
        purchases.order,
        region,
        purchases.at,
        len(purchases.users),
        items,
        regions,
    )


def home_regions(lines: Lines) -> Ints:
    """(users,): where each user last bought something; everywhere for those who never did."""
    homes = np.full(lines.users, lines.regions.everywhere, np.int32)
    homes[lines.user] = lines.region  # lines are oldest first: the last one stays
    return homes


def _regions(purchases: Purchases) -> tuple[Ints, Regions]:
    pairs = np.stack([purchases.country, purchases.zip])
    places, place = np.unique(pairs, axis=1, return_inverse=True)
    paths = [
        regions_of(purchases.countries[country], purchases.zips[zip]) for country, zip in places.T
    ]
    keys = sorted({key for path in paths for key in path} | {EVERYWHERE})
    number = {key: n for n, key in enumerate(keys)}
    whole = {key: path[n:] for path in paths for n, key in enumerate(path)}
    depth = max(map(len, whole.values()))
    table = [[number[key] for key in whole[name]] for name in keys]
    filled = np.array([row + [row[-1]] * (depth - len(row)) for row in table], np.int32)
    nearest = np.array([number[path[0]] for path in paths], np.int32)
    return nearest[place.ravel()], Regions(keys, filled)
