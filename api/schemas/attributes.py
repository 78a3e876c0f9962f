"""Models of attributes and their types."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from api.schemas.base import ApiModel, Page, RequestModel
from core.attributes import AttributeType
from core.filters.parse import NAME_LENGTH

_Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
_Type = Annotated[AttributeType, Field(strict=False)]


class AttributeSource(StrEnum):
    """Where the values of an attribute come from."""

    REQUESTS = "requests"
    IMAGES = "images"


class ValueCount(ApiModel):
    """A value of an attribute, or an element of a list."""

    value: str | bool = Field(examples=["dress"])
    items: int = Field(examples=[214])
    """How many of the counted items have it."""


class AttributeOut(ApiModel):
    """An attribute of a collection's items."""

    name: str = Field(examples=["price"])
    type: AttributeType = Field(examples=["number"])
    source: AttributeSource = Field(examples=["requests"])
    """Whether requests set the attribute, or it is seen in the items' images."""
    values: list[ValueCount] | None = Field(
        default=None,
        exclude_if=lambda values: values is None,
        examples=[[{"value": "new", "items": 12}]],
    )
    """With `counts`: all values, most frequent first; empty if no counted item has any. Left out if
    there are more than 50, long texts, objects, or only numbers.
    """
    least: float | None = Field(
        default=None, exclude_if=lambda least: least is None, examples=[4.9]
    )
    """With `counts`: the least number."""
    greatest: float | None = Field(
        default=None, exclude_if=lambda greatest: greatest is None, examples=[249.0]
    )
    """With `counts`: the greatest number."""


class AttributesPage(Page):
    """All attributes of a collection, by name."""

    items: list[AttributeOut]
    counted_items: int | None = Field(
        default=None, exclude_if=lambda counted: counted is None, examples=[3100]
    )
    """With `counts`: how many items were counted; of a large collection, only some."""


class AttributesPatch(RequestModel):
    """New types of attributes."""

    types: dict[_Name, _Type] = Field(min_length=1, examples=[{"size": "text"}])
    """The type of each attribute: text, number, integer, boolean, list or object."""
