"""Models of items and their images."""

from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from api.schemas.base import ApiModel, ExampleAttributes, Page, RequestModel, Timestamp
from core.domain import Attributes, Availability, ImageProblem

_NO_CHANGE = "send `attributes`, `availability` or both; neither of them may be null"


class ItemsPatch(RequestModel):
    """Attributes to set; null removes an attribute, as in `{"attributes": {"season": null}}`."""

    attributes: Attributes = Field(examples=[{"price": 39.9}])


class ItemPatch(RequestModel):
    """What to change about an item: its attributes, its availability, or both."""

    attributes: Attributes = Field(default={}, examples=[{"price": 39.9}])
    """Attributes to set; null removes an attribute, as in `{"season": null}`."""
    availability: Annotated[Availability, Field(strict=False)] | SkipJsonSchema[None] = Field(
        default=None, examples=[Availability.OUT_OF_STOCK]
    )
    """As in `POST .../availability`; it applies to every request after the response."""

    @model_validator(mode="before")
    @classmethod
    def _require_a_change(cls, body: Any) -> Any:
        if isinstance(body, dict) and (not body or None in body.values()):
            raise PydanticCustomError("no_change", _NO_CHANGE)
        return body


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
    problems: list[ImageProblem] | None = Field(examples=[[]])
    """What is wrong with the image, as in `GET .../health`; null if nobody has looked."""


class ItemOut(ApiModel):
    """An item with its images."""

    sku: str = Field(examples=["A-12"])
    attributes: ExampleAttributes
    images: list[ImageOut]
    availability: Availability = Field(
        default=Availability.IN_STOCK,
        exclude_if=lambda availability: availability is Availability.IN_STOCK,
        examples=[Availability.OUT_OF_STOCK],
    )
    """Left out if the item is in stock."""
    created_at: Timestamp
    updated_at: Timestamp


class ItemsPage(Page):
    """A page of items."""

    items: list[ItemOut]
    hint: str | None = Field(default=None, examples=[None])
    """Why the filter matched nothing, if a reason is evident; else null."""
