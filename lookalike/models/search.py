"""The items that a search finds, and the newest items."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lookalike.models.base import ResponseModel


@dataclass(frozen=True)
class Match(ResponseModel):
    """An item found by similarity; the score is in [0, 1], and 1 means the same image."""

    sku: str
    score: float
    view: str
    image_url: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    availability: str = "in_stock"
    variants: tuple[str, ...] = ()
    """The SKUs of other items of its group that were found, best first."""
    rarity: int | None = None
    """One in so many random pairs of images is as alike; None while nothing is known of it."""
    same: float | None = None
    """The probability that the images show the same product."""
    likeness: str | None = None
    """`same product`, `very similar`, `similar` or `less similar`."""


@dataclass(frozen=True)
class UnderstoodWords(ResponseModel):
    """How words of a text were understood."""

    words: str
    kind: str
    """`colour`, `class` (a kind of goods), `attribute`, `words` (a whole text) or `unknown`."""
    meaning: str
    """The English name of the colour or the kind of goods, or the word itself; "" if unknown."""
    sources: tuple[str, ...]
    """`attributes`, `picture` or both; if neither, the words were ignored."""
    seen_as: tuple[str, ...] = ()
    """The kinds of goods that images were compared with instead, if the network was not trained on
    the kind itself."""


@dataclass(frozen=True)
class Matches(ResponseModel):
    """The matches of a search, best first, and how many milliseconds each of its steps took."""

    matches: tuple[Match, ...]
    timings: Mapping[str, float] = field(default_factory=dict)
    next_cursor: str | None = None
    """The cursor of the next page; None on the last page."""
    hint: str | None = None
    """Why no item passed the filter, if the server knows."""
    understood: tuple[UnderstoodWords, ...] = ()
    """The words of the text, if there was one."""


@dataclass(frozen=True)
class NewItem(ResponseModel):
    """One of the newest items of a collection."""

    sku: str
    created_at: datetime
    """When the SKU was first imported."""
    image_url: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    availability: str = "in_stock"
    variants: tuple[str, ...] = ()
    """The SKUs of older items of its group that were found, the newest first."""
    rules: tuple[str, ...] = ()
    """The ids of the merchandising rules that name the item."""


@dataclass(frozen=True)
class NewItems(ResponseModel):
    """The newest items of a collection, the newest first."""

    items: tuple[NewItem, ...]
    hint: str | None = None
    """Why there are fewer items than requested, although older ones exist."""
