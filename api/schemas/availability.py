"""Models of the availabilities of items."""

from pydantic import Field

from api.schemas.base import ApiModel, Page
from core.domain import Availability


class AvailabilityChanges(ApiModel):
    """What a request has changed."""

    changed: int = Field(examples=[2])
    unchanged: int = Field(examples=[40])
    """Items that already had this availability, or got another one by a later request."""
    unknown: int = Field(examples=[1])
    """SKUs that no item has; their availability is not kept."""
    unknown_skus: list[str] = Field(examples=[["A-99"]])
    """The first 20 of them."""


class ItemAvailability(ApiModel):
    """An item that is not in stock."""

    sku: str = Field(examples=["A-12"])
    availability: Availability = Field(examples=["out_of_stock"])


class AvailabilityPage(Page):
    """A page of the items that are not in stock, by SKU."""

    items: list[ItemAvailability]
