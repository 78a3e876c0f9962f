"""The arguments of each kind of job, as recorded with the job."""

from typing import Literal, Self

from pydantic import Field, model_validator

from core.attributes import AttributeType
from core.domain import Attributes, EncoderIdentity
from core.records import StrictRecord


class IngestArgs(StrictRecord):
    """The arguments of an ingest job."""

    upload: str
    filename: str = ""
    """What the upload is called: the name of its file, or of the first of several."""
    sku: str | None = None
    """SKU of the item that all images belong to; None if file names or a manifest name the SKUs."""
    attributes: Attributes | None = None
    """The attributes of that item; only together with `sku`."""
    replace: bool = False
    """Whether items keep only the images and attributes of this upload."""
    folders: str | None = None
    """An attribute whose values are folder names; each image in a folder is an item."""
    sync: bool = False
    """Whether the upload is the whole catalogue, so that all other items are deleted."""
    max_deleted_share: float | None = None
    """The share of all items that may be deleted without confirmation; None is the setting."""
    dry_run: bool = False
    """Whether the job only counts what it would import and delete."""
    only_failures_of: str | None = None
    """The id of the job whose failed images this job retries."""

    @model_validator(mode="after")
    def _check_attributes(self) -> Self:
        if self.attributes is not None and self.sku is None:
            raise ValueError("`attributes` is allowed only together with `sku`")
        return self


class TrainArgs(StrictRecord):
    """The arguments of a training job."""

    ends_rollback: bool = False
    """Whether the generation is served even if a rollback holds, which it ends."""


class ChangeItemsArgs(StrictRecord):
    """The arguments of a job that sets attributes of all items that match a filter."""

    filter: str
    """The filter as JSON."""
    attributes: Attributes
    """The new attributes; None removes an attribute."""
    dry_run: bool = False
    """Whether the job only counts the items."""


class DeleteItemsArgs(StrictRecord):
    """The arguments of a job that deletes all items that match a filter."""

    filter: str
    """The filter as JSON."""
    dry_run: bool = False
    """Whether the job only counts the items."""


class ChangeAttributesArgs(StrictRecord):
    """The arguments of a job that changes the types of attributes."""

    types: dict[str, AttributeType]


class ChangeEncoderArgs(StrictRecord):
    """The arguments of a job that re-embeds a collection with another encoder."""

    encoder: EncoderIdentity


class ImportSalesArgs(StrictRecord):
    """The arguments of a job that imports a sales file."""

    upload: str
    filename: str = ""
    columns: dict[str, str] = Field(default_factory=dict)
    """The column names of the file by Lookalike's column names."""
    date_order: Literal["day first", "month first"] | None = None
    """The order of day and month in the file; detected if it is not stated."""
    encoding: str | None = None
    """The text encoding of the file; detected if it is not stated."""


class DeleteSalesArgs(StrictRecord):
    """The arguments of a job that deletes the sales of one upload, or all sales."""

    upload: str | None = None


class EraseUserArgs(StrictRecord):
    """The arguments of a job that erases a user."""

    upload: str
    """The staged file that holds the user's name: the job ledger must not keep the name."""


class RebuildArgs(StrictRecord):
    """The arguments of a job that rebuilds the vectors of a collection from the store."""

    repair: bool = False
    """Whether the job only corrects what differs from the store."""
    recipe: Literal["auto", "parts-1", "fitted-1"] = "auto"
    """The recipe of the new vectors; auto fits one if that is due and not worse."""


class VerifyArgs(StrictRecord):
    """The arguments of a job that checks whether a collection's data is consistent."""

    deep: bool = False
    """Whether the job reads all image files."""
