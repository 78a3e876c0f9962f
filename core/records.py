"""The base classes of records that are stored or sent as JSON."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable record."""

    model_config = ConfigDict(frozen=True)


class StrictRecord(Record):
    """A record that rejects unknown fields; its field docstrings become schema descriptions."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
