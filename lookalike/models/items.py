"""Items with their images and availability."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lookalike.models.base import ResponseModel


@dataclass(frozen=True)
class Image(ResponseModel):
    """One image of an item."""

    view: str
    url: str
    sha256: str
    format: str
    width: int
    height: int
    bytes: int
    problems: tuple[str, ...] | None = None
    """What is wrong with the image, such as `blurred`; None if it was not assessed."""


@dataclass(frozen=True)
class Item(ResponseModel):
    """A product with its attributes and images."""

    sku: str
    attributes: Mapping[str, Any]
    images: tuple[Image, ...]
    created_at: datetime
    updated_at: datetime
    availability: str = "in_stock"


@dataclass(frozen=True)
class ValueCount(ResponseModel):
    """A value of an attribute, and how many items have it."""

    value: Any
    items: int


@dataclass(frozen=True)
class Attribute(ResponseModel):
    """An attribute of a collection's items."""

    name: str
    type: str


@dataclass(frozen=True)
class CountedAttribute(Attribute):
    """An attribute with its values, or with the range of its numbers."""

    values: tuple[ValueCount, ...] | None = None
    """All values, most frequent first; empty if no counted item has any. None if there are more
    than 50, long texts, objects, or only numbers.
    """
    least: float | None = None
    greatest: float | None = None


@dataclass(frozen=True)
class AttributeCounts(ResponseModel):
    """The attributes of a collection, by name, with their values."""

    items: tuple[CountedAttribute, ...]
    counted_items: int
    """How many items were counted; of a large collection, only some."""


@dataclass(frozen=True)
class AvailabilityChanges(ResponseModel):
    """How many items have got another availability."""

    changed: int
    unchanged: int
    unknown: int
    """How many SKUs belong to no item; their availability is not kept."""
    unknown_skus: tuple[str, ...]
    """The first 20 of them."""


@dataclass(frozen=True)
class Unavailable(ResponseModel):
    """An item that is `out_of_stock` or `hidden`."""

    sku: str
    availability: str
