"""Models of collections."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field

from api.schemas.base import ApiModel, Page, RequestModel, Timestamp
from core.storage import Collection


class CollectionIn(RequestModel):
    """A collection to create."""

    name: str = Field(examples=["shop"])
    """1 to 63 of a-z, 0-9, _ and -, starting with a letter or a digit."""
    encoder: str | None = Field(default=None, examples=["efficientnet-lite0"])
    """One of `GET /v1/encoders`; default: the server's default encoder."""
    description: str = Field(default="", max_length=2000, examples=["everything we sell"])


class CollectionPatch(RequestModel):
    """Changes to a collection."""

    description: str | None = Field(
        default=None, max_length=2000, examples=["last year's assortment"]
    )
    encoder: str | None = Field(default=None, examples=[None])
    """A new encoder: its vectors are built alongside the current ones, then replace them."""


class RebuildIn(RequestModel):
    """How to rebuild vectors."""

    repair: bool = Field(default=False, examples=[True])
    """Only add missing vectors and remove surplus ones."""


class CollectionOut(ApiModel):
    """A collection with its counts."""

    name: str = Field(examples=["shop"])
    description: str = Field(examples=["everything we sell"])
    encoder: str = Field(examples=["efficientnet-lite0"])
    changing_to: str | None = Field(examples=[None])
    """The encoder whose vectors are being built, if the encoder is changing."""
    state: str = Field(examples=["active"])
    items: int = Field(examples=[1200])
    images: int = Field(examples=[3100])
    created_at: Timestamp

    @classmethod
    def from_collection(cls, collection: Collection, counts: Mapping[str, int]) -> Self:
        """Convert a collection; `counts` are those of `Items.count`."""
        shadow = collection.shadow_index
        return cls(
            name=collection.name,
            description=collection.description,
            encoder=collection.encoder.name,
            changing_to=shadow.encoder.name if shadow else None,
            state=collection.state,
            created_at=collection.created_at,
            items=counts["items"],
            images=counts["images"],
        )


class CollectionsPage(Page):
    """A page of collections."""

    items: list[CollectionOut]
