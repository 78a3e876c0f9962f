"""Models of items and their images."""

from pydantic import Field

from api.schemas.base import ApiModel, ExampleAttributes, Page, RequestModel, Timestamp
from core.domain import Attributes


class ItemPatch(RequestModel):
    """Attributes to set; null removes an attribute, as in `{"attributes": {"season": null}}`."""

    attributes: Attributes = Field(examples=[{"price": 39.9}])


class ImageOut(ApiModel):
    """One image of an item."""

    view: str = Field(examples=["front"])
    url: str = Field(examples=["/v1/collections/shop/items/A-12/image?view=front"])
    sha256: str = Field(
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )
    format: str = Field(examples=["JPEG"])
    width: int = Field(examples=[800])
    height: int = Field(examples=[1000])
    bytes: int = Field(examples=[91342])


class ItemOut(ApiModel):
    """An item with its images."""

    sku: str = Field(examples=["A-12"])
    attributes: ExampleAttributes
    images: list[ImageOut]
    created_at: Timestamp
    updated_at: Timestamp


class ItemsPage(Page):
    """A page of items."""

    items: list[ItemOut]
