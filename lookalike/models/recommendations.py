"""Recommended, popular and jointly bought items, and the reasons for recommendations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from lookalike.models.base import ResponseModel


@dataclass(frozen=True)
class Reason(ResponseModel):
    """Why an item is recommended; fields that do not apply to the kind of reason are None.

    `kind` is bought_before, bought_together, looks_like, popular, new or rule. If items are bought
    together or look alike, `with_sku` is the other item; `last` is the date when the customer
    bought the item last; `rule` is the id of a merchandising rule.
    """

    kind: str
    with_sku: str | None = None
    similarity: float | None = None
    region: str | None = None
    orders: int | None = None
    last: str | None = None
    days: int | None = None
    rule: str | None = None

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Build a reason from its JSON."""
        return super().from_json({"with_sku": body.get("with"), **body})

    def to_json(self) -> dict[str, Any]:
        """Return the reason as the server sent it."""
        names = {"with_sku": "with"}
        values = vars(self).items()
        return {names.get(name, name): value for name, value in values if value is not None}


@dataclass(frozen=True)
class Recommendation(ResponseModel):
    """A recommended item, with its reasons."""

    sku: str
    score: float
    image_url: str
    reasons: tuple[Reason, ...] = ()
    variants: tuple[str, ...] = ()
    """The SKUs of other items of its group in the list, best first."""
    availability: str = "in_stock"


@dataclass(frozen=True)
class PopularItems(ResponseModel):
    """The items that are popular in a region, best first."""

    generation: str
    items: tuple[Recommendation, ...]
    since: datetime | None = None
    """The start of the period whose order lines were counted; None if times are unknown."""
    until: datetime | None = None
    filled: int = 0
    """How many items, at the end, are popular only in a larger region."""
    hint: str | None = None
    """Why a list with a filter or `days` is shorter than requested."""


@dataclass(frozen=True)
class BasketRecommendations(ResponseModel):
    """What goes with a basket; the last `filled` items only fill up the list."""

    generation: str | None
    unknown: tuple[str, ...]
    """SKUs of the basket that the server does not know."""
    filled: int
    recommendations: tuple[Recommendation, ...]


@dataclass(frozen=True)
class BoughtTogether(ResponseModel):
    """An item that is bought together with another item."""

    sku: str
    orders: int
    """The number of orders that contain both items."""
    support: float
    """The share of all orders that contain both items."""
    lift: float
    """How many times as often both are in an order as if orders combined items by chance."""
    image_url: str


@dataclass(frozen=True)
class Recommendations(ResponseModel):
    """The recommendations for a customer; `personal` is False if they are only popular items."""

    user: str
    generation: str
    personal: bool
    recommendations: tuple[Recommendation, ...]
    filled: int = 0
    """How many items, at the end, are popular ones that complete the list."""
    hint: str | None = None
    """Why a list with a filter is shorter than requested."""
