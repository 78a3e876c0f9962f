"""Models of what a shop has accepted among duplicates and images with problems."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from api.schemas.base import ApiModel, Page, RequestModel, Timestamp
from core.domain import ImageProblem, check_sku

MAX_DISMISSED = 1000
"""Items of one dismissal."""
_Sku = Annotated[str, AfterValidator(check_sku)]


class DismissalIn(RequestModel):
    """Either items that are not duplicates, or an image that is fine."""

    skus: Annotated[list[_Sku], Field(min_length=1, max_length=MAX_DISMISSED)] = Field(
        examples=[["A-12", "B-7"]]
    )
    """The items that are not duplicates of each other, or if there are `others`, of these; or with
    `view` the one item of the image.
    """
    others: Annotated[list[_Sku], Field(max_length=MAX_DISMISSED)] = Field(
        default_factory=list, examples=[[]]
    )
    """Items that may be duplicates of each other, but not of `skus`."""
    view: str | None = Field(default=None, examples=[None])
    """The image that is fine."""

    @model_validator(mode="after")
    def _check_count(self) -> Self:
        skus, others = set(self.skus), set(self.others)
        if self.view is not None and len(skus | others) > 1:
            raise ValueError("skus: name only the item of the view")
        if self.view is None and len(skus | others) < 2:
            raise ValueError("skus: name at least two items, or one item and a view")
        if repeated := skus & others:
            raise ValueError(f"others: {min(repeated)!r} is one of `skus`, too")
        return self


class DismissalOut(ApiModel):
    """Items that are not duplicates of each other, or an image that is fine."""

    id: str = Field(examples=["b1946ac92492d234"])
    skus: list[str] = Field(examples=[["A-12", "B-7"]])
    others: list[str] = Field(examples=[[]])
    """If there are any, `skus` are not duplicates of these."""
    view: str | None = Field(examples=[None])
    """The name of the image; null if this is about duplicates."""
    problems: list[ImageProblem] = Field(examples=[[]])
    """What the shop does not mind in the image."""
    dismissed_at: Timestamp


class DismissalsPage(Page):
    """A page of dismissals, the newest first."""

    items: list[DismissalOut]
