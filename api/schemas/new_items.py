"""Models of new items."""

from pydantic import Field

from api.schemas.base import ApiModel, ExampleAttributes, Timestamp
from core.domain import Availability


class NewItemOut(ApiModel):
    """One of the newest items."""

    sku: str = Field(examples=["A-12"])
    created_at: Timestamp
    """When the SKU was first imported; if it was deleted, when it was imported again."""
    image_url: str = Field(examples=["/v1/collections/shop/items/A-12/image"])
    attributes: ExampleAttributes
    availability: Availability = Field(
        default=Availability.IN_STOCK, examples=[Availability.IN_STOCK]
    )
    """Missing if the item is in stock."""
    variants: list[str] = Field(default=[], examples=[["A-13", "A-14"]])
    """Older items of its group that were found, the newest first; left out if there are none."""
    rules: list[str] = Field(default=[], examples=[["winter-coats"]])
    """The ids of the merchandising rules that name the item; left out if there are none."""


class NewItemsOut(ApiModel):
    """The newest items of a collection, the newest first."""

    items: list[NewItemOut]
    hint: str | None = Field(examples=[None])
    """Why there are fewer items than requested, although older ones exist; else null."""
