"""Models of search results."""

import operator
from typing import Literal

from pydantic import Field

from api.schemas.base import ApiModel, ExampleAttributes
from core.domain import Availability
from core.score_scale import Likeness


class MatchOut(ApiModel):
    """An item found by similarity."""

    sku: str = Field(examples=["A-12"])
    score: float = Field(examples=[0.914])
    """Cosine similarity, 0 to 1; an identical image scores 1. With a text, how well the item fits
    it, 0 to 1; with an image and a text, the weighted mean of both."""
    rarity: int | None = Field(
        default=None, exclude_if=lambda rarity: rarity is None, examples=[1500]
    )
    """One in so many random pairs of images of the collection is as alike; up to 10,000,000."""
    same: float | None = Field(default=None, exclude_if=lambda same: same is None, examples=[0.83])
    """The probability that the images show the same product, 0 to 1."""
    likeness: Likeness | None = Field(
        default=None, exclude_if=lambda likeness: likeness is None, examples=["same product"]
    )
    """`rarity` and `same` in words; all three are left out while the collection has no scale."""
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


class UnderstoodOut(ApiModel):
    """How words of the text were understood."""

    words: str = Field(examples=["rotes"])
    """As they were sent."""
    kind: Literal["colour", "class", "attribute", "words", "unknown"] = Field(examples=["colour"])
    """A colour, a kind of goods, a word that attributes contain, or the whole text: `words`, which
    the encoder's text tower compares with images."""
    meaning: str = Field(examples=["red"])
    """The English name of the colour or the kind of goods, or the word itself; empty if unknown."""
    sources: list[Literal["attributes", "picture"]] = Field(examples=[["picture"]])
    """Whether items are found by their attributes, their images or both; if by neither, the words
    were ignored."""
    seen_as: list[str] = Field(default=[], exclude_if=operator.not_, examples=[["miniskirt"]])
    """The kinds of goods that images are compared with instead, if the network was not trained on
    the kind itself: such matches are less certain. Left out if it was."""


class MatchesOut(ApiModel):
    """Matches, best first, and the timings of the search in milliseconds."""

    matches: list[MatchOut]
    understood: list[UnderstoodOut] = Field(
        default=[],
        exclude_if=operator.not_,
        examples=[[{"words": "rotes", "kind": "colour", "meaning": "red", "sources": ["picture"]}]],
    )
    """How each word of the text was understood; left out without a text."""
    timings: dict[str, float] = Field(
        examples=[{"embed_ms": 12.1, "search_ms": 4.3, "total_ms": 16.4}]
    )
    next_cursor: str | None = Field(default=None, examples=[None])
    """The cursor of the next page; null on the last page, at the latest after 1,000 matches."""
    hint: str | None = Field(default=None, examples=[None])
    """Why nothing matched, if a reason is evident: in the filter, or in the index; else null."""
