"""Links between items that are bought together, as they are stored, cached and served."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

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


def to_text(links: Iterable[tuple[str, int, float, int]]) -> str:
    """Return one line per link: SKU, orders, lift and weight in millionths, separated by tabs."""
    return "\n".join(["%s\t%d\t%.4g\t%d" % link for link in links])  # noqa: UP031 (twice as fast)


def parse_links(text: str) -> list[ItemLink]:
    """Return the links in a text that `to_text` made."""
    rows = [line.split("\t") for line in text.split("\n")] if text else []
    return [
        ItemLink(sku, int(orders), float(lift), int(weight) / MILLION)
        for sku, orders, lift, weight in rows
    ]
