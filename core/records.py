"""The base class of records that are stored or sent as JSON."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable record."""

    model_config = ConfigDict(frozen=True)
