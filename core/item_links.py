"""Links between items that are bought together, as they are stored, cached and served."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from pydantic import TypeAdapter

MILLION = 1_000_000


class ItemLink(NamedTuple):
    """An item that is bought together with another item."""

    sku: str
    orders: int
    """The number of orders that contain both items."""
    lift: float
    """How many times as often both are in an order as if orders combined items by chance."""
    weight: float
    """How strongly a purchase of the other item suggests this one, from 0 to 1."""

    @property
    def score(self) -> float:
        """The weight, by which links are ranked."""
        return self.weight


class LinkColumns(NamedTuple):
    """The links of an item, as they are stored: a list of links takes seven times as long."""

    skus: Sequence[str] = ()
    weights: Sequence[int] = ()
    """In millionths."""
    orders: Sequence[int] = ()
    lifts: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class LinkSummary:
    """What the links of all items of a generation have in common."""

    orders: int
    """The number of orders that were counted."""
    popularity_weight: float
    """Weight of the most popular item, beside the weights of links; chosen by validation."""


LINK_SUMMARY = TypeAdapter(LinkSummary)
LINK_ROW = TypeAdapter(tuple[str, str])
"""An item's SKU and its links as text."""


def to_text(links: Sequence[tuple[str, int, float, int]]) -> str:
    """Return links of SKU, orders, lift and weight in millionths as a text of two lines.

    The first line contains the SKUs, separated by tabs; the second contains weights, orders and
    lifts as JSON lists.
    """
    if not links:
        return ""
    skus, orders, lifts, weights = zip(*links, strict=True)
    numbers = map(",".join, (map(str, weights), map(str, orders), map("{:.4g}".format, lifts)))
    return "{}\n[[{}],[{}],[{}]]".format("\t".join(skus), *numbers)


def parse_columns(text: str) -> LinkColumns:
    """Return the links in a text that `to_text` made."""
    if not text:
        return LinkColumns()
    skus, numbers = text.split("\n")
    return LinkColumns(skus.split("\t"), *orjson.loads(numbers))


def parse_links(text: str) -> list[ItemLink]:
    """Return the links in a text that `to_text` made."""
    return [
        ItemLink(sku, orders, lift, weight / MILLION)
        for sku, weight, orders, lift in zip(*parse_columns(text), strict=True)
    ]
