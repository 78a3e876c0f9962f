"""Models of duplicates."""

from datetime import datetime

from pydantic import Field

from api.schemas.base import ApiModel
from core.duplicates import DuplicateKind


class DuplicateItemOut(ApiModel):
    """An item of a group."""

    sku: str = Field(examples=["A-12"])
    view: str = Field(examples=["front"])
    """The view that is most like another item of the group."""
    score: float = Field(examples=[0.981])
    """The score of these two views."""
    image_url: str = Field(examples=["/v1/collections/shop/items/A-12/image?view=front"])


class DuplicateGroupOut(ApiModel):
    """Items that show the same picture, the same product, or one product in several colours."""

    kind: DuplicateKind = Field(examples=["same_picture"])
    members: list[DuplicateItemOut]
    """At least two items, those with the highest scores first."""


class DuplicatesPage(ApiModel):
    """A page of groups, those with the highest scores first within each kind."""

    items: list[DuplicateGroupOut]
    """The groups."""
    found_at: datetime | None = Field(examples=["2026-05-01T12:00:00Z"])
    """When they were found; null if the collection has not been looked through yet."""
    next_cursor: str | None = Field(default=None, examples=[None])
    """The cursor of the next page; null on the last page."""
