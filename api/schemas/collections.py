"""Models of collections."""

from typing import Literal, Self

from pydantic import Field, model_validator

from api.schemas.base import ApiModel, Page, RequestModel, Timestamp
from core.filters.parse import NAME_LENGTH


class CollectionIn(RequestModel):
    """A collection to create."""

    name: str = Field(examples=["shop"])
    """1 to 63 characters from a-z, 0-9, _ and -, starting with a letter or a digit."""
    encoder: str | None = Field(default=None, examples=["efficientnet-lite0"])
    """One of `GET /v1/encoders`; default: the server's default encoder."""
    description: str = Field(default="", max_length=2000, examples=["everything we sell"])
    group_by: str | None = Field(
        default=None, min_length=1, max_length=NAME_LENGTH, examples=["style"]
    )
    """An attribute: items with the same value are variants, of which one is shown by default."""
    recipe: Literal["auto", "parts-1"] = Field(default="auto", examples=["auto"])
    """How vectors are made: `auto` starts with `parts-1` and fits a recipe to the images once there
    are enough; `parts-1` learns nothing from the images, until a rebuild asks for it."""


class CollectionPatch(RequestModel):
    """Changes to a collection."""

    description: str | None = Field(
        default=None, max_length=2000, examples=["last year's assortment"]
    )
    encoder: str | None = Field(default=None, examples=[None])
    """The new encoder; its vectors are built alongside the current vectors, then replace them."""
    group_by: str | None = Field(
        default=None, min_length=1, max_length=NAME_LENGTH, examples=["style"]
    )
    """An attribute: items with the same value are variants, of which one is shown by default; null
    ends this."""


class RebuildIn(RequestModel):
    """How to rebuild vectors."""

    repair: bool = Field(default=False, examples=[True])
    """Only add missing vectors, remove surplus vectors and correct attributes."""
    recipe: Literal["auto", "parts-1", "fitted-1"] = Field(default="auto", examples=["auto"])
    """How vectors are made: `fitted-1` learns from the images of the collection, `parts-1` does
    not. `auto` fits a recipe if the collection has enough images, has changed a lot since the last
    fit, and similar images are found no worse."""

    @model_validator(mode="after")
    def _check_repair(self) -> Self:
        if self.repair and self.recipe != "auto":
            raise ValueError("a repair keeps the recipe; leave out `repair` or `recipe`")
        return self


class VerifyIn(RequestModel):
    """What to compare."""

    deep: bool = Field(default=False, examples=[True])
    """Also read all image files, and compare their sizes and checksums."""


class FitOut(ApiModel):
    """The last attempt to fit the recipe of the vectors to the images of a collection."""

    at: Timestamp
    accepted: bool = Field(examples=[True])
    """Whether the fitted recipe is used; it is not if similar images would be found worse."""
    images: int = Field(examples=[3100])
    """Images in the collection at that time."""
    sampled: int = Field(examples=[1000])
    """Images that the recipe was fitted to."""
    same_image_before: float | None = Field(examples=[0.925])
    """Share of distorted images whose original was found first before; null if not measured."""
    same_image_after: float | None = Field(examples=[0.948])
    """The same share with the fitted recipe."""
    colour_weight: float | None = Field(examples=[0.22])
    """The weight of colour in scores that suits these images; null if none was chosen."""


class CollectionOut(ApiModel):
    """A collection with its counts."""

    name: str = Field(examples=["shop"])
    description: str = Field(examples=["everything we sell"])
    encoder: str = Field(examples=["efficientnet-lite0"])
    changing_to: str | None = Field(examples=[None])
    """The new encoder while its vectors are being built, else null."""
    recipe: str = Field(examples=["fitted-1"])
    """How vectors are made; `network-1` and `parts-1` learn nothing from the images."""
    colour_weight: float | None = Field(examples=[0.22])
    """The usual weight of colour in scores, which a fit chooses; null if vectors were made without
    colour."""
    fit: FitOut | None
    """The last attempt to fit the recipe; null if there was none."""
    fit_automatically: bool = Field(examples=[True])
    """Whether the recipe is fitted without a request once there are enough images, if the server
    does so at all."""
    group_by: str | None = Field(examples=["style"])
    """The attribute whose values group variants; null if there are no groups."""
    state: str = Field(examples=["active"])
    items: int = Field(examples=[1200])
    images: int = Field(examples=[3100])
    created_at: Timestamp


class CollectionsPage(Page):
    """A page of collections."""

    items: list[CollectionOut]
