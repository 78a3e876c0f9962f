"""The base classes of records that are stored or sent as JSON, and what is wrong with a record."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable record."""

    model_config = ConfigDict(frozen=True)


class StrictRecord(Record):
    """A record that rejects unknown fields; its field docstrings become schema descriptions."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


def describe_fault(details: Mapping[str, Any]) -> str:
    """Return what one of pydantic's errors says, without its prefix for errors of our own."""
    return str(details["msg"]).removeprefix("Value error, ")
