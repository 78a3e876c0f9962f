"""Models of search results."""

import operator

from pydantic import Field

from api.schemas.base import ApiModel, ExampleAttributes
from core.domain import Availability


class MatchOut(ApiModel):
    """An item found by similarity."""

    sku: str = Field(examples=["A-12"])
    score: float = Field(examples=[0.914])
    """Cosine similarity, 0 to 1; an identical image scores 1."""
    view: str = Field(examples=["front"])
    """The view of the item's most similar image."""
    image_url: str = Field(examples=["/v1/collections/shop/items/A-12/image?view=front"])
    attributes: ExampleAttributes
    availability: Availability = Field(
        default=Availability.IN_STOCK,
        exclude_if=lambda availability: availability is Availability.IN_STOCK,
        examples=["out_of_stock"],
    )
    """`out_of_stock`; left out if the item can be bought."""
    variants: list[str] = Field(default=[], exclude_if=operator.not_, examples=[["A-13", "A-14"]])
    """Other items of its group that were found, best first; left out if there are none."""
    rules: list[str] = Field(default=[], exclude_if=operator.not_, examples=[["winter-coats"]])
    """The ids of the merchandising rules that name the item; left out if there are none."""


class MatchesOut(ApiModel):
    """Matches, best first, and the timings of the search in milliseconds."""

    matches: list[MatchOut]
    timings: dict[str, float] = Field(
        examples=[{"embed_ms": 12.1, "search_ms": 4.3, "total_ms": 16.4}]
    )
    next_cursor: str | None = Field(default=None, examples=[None])
    """The cursor of the next page; null on the last page, at the latest after 1,000 matches."""
    hint: str | None = Field(default=None, examples=[None])
    """Why the filter matched nothing, if a reason is evident; else null."""
