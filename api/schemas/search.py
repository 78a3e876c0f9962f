"""Models of search results."""

from pydantic import Field

from api.schemas.base import ApiModel, ExampleAttributes


class MatchOut(ApiModel):
    """An item found by similarity."""

    sku: str = Field(examples=["A-12"])
    score: float = Field(examples=[0.914])
    """Cosine similarity, 0 to 1; an identical image scores 1."""
    view: str = Field(examples=["front"])
    """The view of the item's most similar image."""
    image_url: str = Field(examples=["/v1/collections/shop/items/A-12/image?view=front"])
    attributes: ExampleAttributes


class MatchesOut(ApiModel):
    """Matches, best first, and the timings of the search in milliseconds."""

    matches: list[MatchOut]
    timings: dict[str, float] = Field(
        examples=[{"embed_ms": 12.1, "search_ms": 4.3, "total_ms": 16.4}]
    )
    hint: str | None = Field(default=None, examples=[None])
    """Why the filter matched nothing, if a reason is evident; else null."""
