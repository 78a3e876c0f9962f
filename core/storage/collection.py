"""The definition of a collection: name, encoder, and serving, shadow and retired vector indexes."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from core.attributes import AttributeType, AttributeTypes, check_not_seen
from core.domain import EncoderIdentity
from core.errors import InvalidInput
from core.records import Record

COLLECTIONS = "collections"
"""The folder of all collections in the store."""


class CollectionState(StrEnum):
    """Whether a collection is in use or being deleted."""

    ACTIVE = "active"
    DELETING = "deleting"


class VectorIndex(Record):
    """Vectors in Milvus and the encoder that made them."""

    name: str
    encoder: EncoderIdentity


class ShadowIndex(VectorIndex):
    """A vector index that a job builds to replace the serving index."""

    job: str


class RetiredIndex(Record):
    """A vector index that is out of use, although running searches may still read it."""

    name: str
    since: datetime


class RecipeFit(Record):
    """The last attempt to fit the recipe of a collection's vectors to its images."""

    at: datetime
    weights: str
    """SHA-256 of the weights of the encoder."""
    images: int
    """Number of images of the collection then."""
    sampled: int
    """Number of images that the statistics were fitted to."""
    statistics: str = ""
    """SHA-256 of the statistics; "" if the fitted recipe was not accepted."""
    same_image_before: float | None = None
    """The share of distorted images whose original came first with the recipe used before."""
    same_image_after: float | None = None
    """The same share with the fitted recipe."""
    colour_weight: float | None = None
    """The weight of colour that was chosen; None before there was a choice: that of the recipe."""


class Collection(Record):
    """A named set of items, all embedded by one encoder."""

    name: str
    description: str = ""
    group_by: str | None = None
    """The attribute whose values are groups, of each of which one item is shown."""
    encoder: EncoderIdentity
    index_name: str
    """The name of the serving index."""
    state: CollectionState = CollectionState.ACTIVE
    created_at: datetime
    built_by_job: str | None = None
    """The job that built the serving index; None for the first index of a collection."""
    shadow_index: ShadowIndex | None = None
    retired_indexes: tuple[RetiredIndex, ...] = ()
    fit: RecipeFit | None = None
    fit_automatically: bool = True
    """Whether the recipe is fitted without a request once there are enough images."""
    attribute_types: dict[str, AttributeType] = Field(default_factory=dict)

    @property
    def indexes(self) -> tuple[VectorIndex, ...]:
        """The indexes that must contain every item: the serving index and any shadow index."""
        serving = VectorIndex(name=self.index_name, encoder=self.encoder)
        return (serving, self.shadow_index) if self.shadow_index else (serving,)

    @property
    def index_names(self) -> set[str]:
        """The names of all vector indexes, including retired indexes."""
        in_use = {index.name for index in self.indexes}
        return in_use | {index.name for index in self.retired_indexes}

    def check_new_types(self, types: AttributeTypes) -> None:
        """Check that attributes may get these types.

        Raises:
            InvalidInput: the collection is grouped by one of them, which would then be a list or an
                object; or one of them is seen in images.
        """
        check_not_seen(types)
        name = self.group_by
        if name is not None and name in types and not types[name].is_single:
            raise InvalidInput(
                f"types: collection {self.name!r} is grouped by {name!r}, so this attribute cannot "
                f"be of the type {types[name]}; end the groups first: set `group_by` to null"
            )

    @property
    def folder(self) -> str:
        """The folder of all files of the collection."""
        return f"{COLLECTIONS}/{self.name}"
