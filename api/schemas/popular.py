"""Model of popular items."""

from pydantic import Field

from api.schemas.base import ApiModel, Timestamp
from api.schemas.parameters import JOB_ID
from api.schemas.recommendations import RecommendationOut


class PopularOut(ApiModel):
    """The items that are popular in a region, best first."""

    generation: str = Field(examples=[JOB_ID])
    """The training run that counted the sales."""
    since: Timestamp | None
    """The start of the period whose order lines were counted; null if times are unknown."""
    until: Timestamp | None
    """Its end, the time of the newest order line that counted."""
    filled: int = Field(examples=[0])
    """How many items, at the end, are popular only in a larger region."""
    hint: str | None = Field(examples=[None])
    """Why a list with a filter or `days` is shorter than requested; else null."""
    items: list[RecommendationOut]
