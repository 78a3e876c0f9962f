"""What clients ask of each kind of job, as it is kept with the job."""

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from core.domain import Attributes, EncoderIdentity


class _Args(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestArgs(_Args):
    """The arguments of an ingest job."""

    upload: str
    replace: str | None = None
    """A sku: all pictures are this item's, and it keeps no others."""
    attributes: Attributes | None = None
    """With `replace`: the item's attributes."""
    folders: str | None = None
    """An attribute: folders are its values, and each picture in them is an item."""
    only_failures_of: str | None = None
    """A job whose failed pictures are tried again."""

    @model_validator(mode="after")
    def _attributes_need_an_item(self) -> Self:
        if self.attributes is not None and self.replace is None:
            raise ValueError("attributes without an item")
        return self


class SyncArgs(_Args):
    """The arguments of a job that follows changes of single items."""

    skus: tuple[str, ...]


class ChangeEncoderArgs(_Args):
    """The arguments of a job that embeds a collection by another encoder."""

    encoder: EncoderIdentity


class ImportSalesArgs(_Args):
    """The arguments of a job that takes a sales file in."""

    upload: str
    filename: str = ""
    columns: dict[str, str] = {}
    """What is said of the file's columns, by our names."""


class DeleteSalesArgs(_Args):
    """The arguments of a job that deletes sales: of one upload, or all."""

    upload: str | None = None


class EraseUserArgs(_Args):
    """The arguments of a job that erases a customer."""

    upload: str
    """Where the customer's name is staged: it must not stay in the record of jobs."""


class RebuildArgs(_Args):
    """The arguments of a job that makes a collection's vectors anew from the store."""

    repair: bool = False
    """Only those that are missing or should not be there."""
