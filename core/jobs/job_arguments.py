"""The arguments of each kind of job, as recorded with the job."""

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from core.domain import Attributes, EncoderIdentity


class _Args(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestArgs(_Args):
    """The arguments of an ingest job."""

    upload: str
    replace: str | None = None
    """A sku: all images belong to this item, and replace its previous images."""
    attributes: Attributes | None = None
    """With `replace`: the item's attributes."""
    folders: str | None = None
    """An attribute: folder names are its values, and each image in a folder is an item."""
    only_failures_of: str | None = None
    """The id of a job whose failed images are retried."""

    @model_validator(mode="after")
    def _check_attributes(self) -> Self:
        if self.attributes is not None and self.replace is None:
            raise ValueError("`attributes` is allowed only together with `replace`")
        return self


class SyncArgs(_Args):
    """The arguments of a job that updates lists and vectors after changes to single items."""

    skus: tuple[str, ...]


class ChangeEncoderArgs(_Args):
    """The arguments of a job that re-embeds a collection with another encoder."""

    encoder: EncoderIdentity


class ImportSalesArgs(_Args):
    """The arguments of a job that imports a sales file."""

    upload: str
    filename: str = ""
    columns: dict[str, str] = {}
    """The client's column names, by our names."""


class DeleteSalesArgs(_Args):
    """The arguments of a job that deletes the sales of one upload, or all sales."""

    upload: str | None = None


class EraseUserArgs(_Args):
    """The arguments of a job that erases a user."""

    upload: str
    """The staged file with the user's name, which must not stay in the job ledger."""


class RebuildArgs(_Args):
    """The arguments of a job that rebuilds the vectors of a collection from the store."""

    repair: bool = False
    """Add missing and delete superfluous vectors only."""
