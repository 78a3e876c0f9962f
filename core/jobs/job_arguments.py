"""The arguments of each kind of job, as recorded with the job."""

from typing import Self

from pydantic import Field, model_validator

from core.domain import Attributes, EncoderIdentity
from core.records import StrictRecord


class IngestArgs(StrictRecord):
    """The arguments of an ingest job."""

    upload: str
    replace: str | None = None
    """SKU of the item that all images belong to; they replace its previous images."""
    attributes: Attributes | None = None
    """The attributes of that item; only together with `replace`."""
    folders: str | None = None
    """An attribute whose values are folder names; each image in a folder is an item."""
    only_failures_of: str | None = None
    """The id of the job whose failed images this job retries."""

    @model_validator(mode="after")
    def _check_attributes(self) -> Self:
        if self.attributes is not None and self.replace is None:
            raise ValueError("`attributes` is allowed only together with `replace`")
        return self


class SyncArgs(StrictRecord):
    """The arguments of a job that updates lists and vectors after changes to single items."""

    skus: tuple[str, ...]


class ChangeEncoderArgs(StrictRecord):
    """The arguments of a job that re-embeds a collection with another encoder."""

    encoder: EncoderIdentity


class ImportSalesArgs(StrictRecord):
    """The arguments of a job that imports a sales file."""

    upload: str
    filename: str = ""
    columns: dict[str, str] = Field(default_factory=dict)
    """The column names of the file by Lookalike's column names."""


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
    """Whether the job only adds missing vectors and deletes superfluous vectors."""
