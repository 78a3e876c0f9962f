"""What may be wrong with items: poor images and duplicates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lookalike.models.base import ResponseModel


@dataclass(frozen=True)
class ImageProblems(ResponseModel):
    """An image and what is wrong with it."""

    sku: str
    view: str
    url: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class ImageHealth(ResponseModel):
    """What is wrong with a collection's images."""

    images: int
    not_assessed: int
    """Number of images that were not assessed yet; a rebuild of the collection assesses them."""
    problems: Mapping[str, int]
    """Number of images of each problem that there is."""


@dataclass(frozen=True)
class DuplicateItem(ResponseModel):
    """An item of a group of duplicates, with the view and the score that put it there."""

    sku: str
    view: str
    score: float
    image_url: str


@dataclass(frozen=True)
class DuplicateGroup(ResponseModel):
    """Items of the kind `same_picture`, `same_product` or `variants`, best first."""

    kind: str
    members: tuple[DuplicateItem, ...]


@dataclass(frozen=True)
class Dismissal(ResponseModel):
    """Items that are not duplicates of each other, or an image that is fine."""

    id: str
    skus: tuple[str, ...]
    """At least two items; only one if this is about an image, or perhaps if there are `others`."""
    dismissed_at: datetime
    others: tuple[str, ...] = ()
    """If there are any, `skus` are not duplicates of these."""
    view: str | None = None
    """The name of the image; None if this is about duplicates."""
    problems: tuple[str, ...] = ()
    """What the shop does not mind in the image."""
