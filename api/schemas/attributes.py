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


class AttributeOut(ApiModel):
    """An attribute of a collection's items."""

    name: str = Field(examples=["price"])
    type: AttributeType = Field(examples=["number"])
    source: AttributeSource = Field(examples=["requests"])
    """Whether requests set the attribute, or it is seen in the items' images."""


class AttributesPage(Page):
    """All attributes of a collection, by name."""

    items: list[AttributeOut]


class AttributesPatch(RequestModel):
    """New types of attributes."""

    types: dict[_Name, _Type] = Field(min_length=1, examples=[{"size": "text"}])
    """The type of each attribute: text, number, integer, boolean, list or object."""
