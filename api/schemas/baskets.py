"""Models of basket recommendations and of items that are bought together."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from api.schemas.base import ApiModel, RequestModel
from api.schemas.parameters import JOB_ID
from core.domain import SKU_LENGTH, Availability, normalize_label
from core.recommendations import Reason

MAX_SKUS = 50
MAX_RECOMMENDATIONS = 100


def _check_sku(sku: str) -> str:
    sku = normalize_label(sku)
    if not (1 <= len(sku) <= SKU_LENGTH and sku.isprintable()):
        raise ValueError(f"SKU {sku[:80]!r}: use 1 to {SKU_LENGTH} printable characters")
    return sku


_Sku = Annotated[str, AfterValidator(_check_sku)]


class BasketIn(RequestModel):
    """A basket, or the items that a visitor has looked at."""

    skus: list[_Sku] = Field(min_length=1, max_length=MAX_SKUS, examples=[["A-12", "C-3"]])
    """The items, the newest last."""
    user: str = Field(default="", examples=["ann"])
    """The customer, if known: the customer's own list is then included."""
    exclude: list[_Sku] = Field(default=[], max_length=200, examples=[["B-9"]])
    """Other SKUs to leave out."""
    filter: dict[str, Any] | None = Field(default=None, examples=[{"price": {"lt": 50}}])
    """Conditions on attributes that all items meet, as in searches."""
    include: Literal["out_of_stock"] | None = Field(default=None, examples=[None])
    """`out_of_stock`: also show items that are out of stock."""
    country: str = Field(default="", examples=["DE"])
    """The country whose popular items fill up the list."""
    zip: str = Field(default="", examples=["20095"])
    """The postcode in `country`."""
    limit: int = Field(default=10, ge=1, le=MAX_RECOMMENDATIONS, examples=[10])
    """Maximum number of results."""


class BasketItemOut(ApiModel):
    """An item that goes with a basket, with the reasons for it."""

    sku: str = Field(examples=["B-7"])
    score: float = Field(examples=[0.1342])
    """The sum of the weights of links; only comparable within a response."""
    image_url: str = Field(examples=["/v1/collections/shop/items/B-7/image"])
    reasons: list[Reason] = Field(
        examples=[[{"kind": "bought_together", "with": "A-12", "orders": 7}]]
    )
    """At least one reason, the strongest kind first; `with` is an item of the basket, or an earlier
    purchase of the user."""
    availability: Availability = Field(
        default=Availability.IN_STOCK, examples=[Availability.IN_STOCK]
    )
    """Missing if the item is in stock."""
    variants: list[str] = Field(default=[], examples=[["B-8", "B-9"]])
    """Other items of its group that were found, best first; left out if there are none."""


class BasketOut(ApiModel):
    """Recommendations for a basket, best first."""

    generation: str | None = Field(examples=[JOB_ID])
    """The generation of the links; null before the first training run."""
    unknown: list[str] = Field(examples=[[]])
    """SKUs of the basket that the collection does not have and nobody has bought."""
    filled: int = Field(examples=[0])
    """How many items, at the end, were added because too few go with the basket."""
    recommendations: list[BasketItemOut]


class BoughtTogetherItemOut(ApiModel):
    """An item that is bought together with another item."""

    sku: str = Field(examples=["B-7"])
    orders: int = Field(examples=[7])
    """The number of orders that contain both items."""
    support: float = Field(examples=[0.003])
    """The share of all orders that contain both items."""
    lift: float = Field(examples=[12.5])
    """How many times as often both are in an order as if orders combined items by chance."""
    image_url: str = Field(examples=["/v1/collections/shop/items/B-7/image"])
    availability: Availability = Field(
        default=Availability.IN_STOCK, examples=[Availability.IN_STOCK]
    )
    """Missing if the item is in stock."""
    variants: list[str] = Field(default=[], examples=[["B-8", "B-9"]])
    """Other items of its group that were found, best first; left out if there are none."""


class BoughtTogetherOut(ApiModel):
    """The items that are bought together with an item, the strongest link first."""

    sku: str = Field(examples=["A-12"])
    generation: str = Field(examples=[JOB_ID])
    """The generation of the links."""
    orders: int = Field(examples=[2300])
    """The number of orders that were counted."""
    items: list[BoughtTogetherItemOut]
