"""The base class of all models: it builds a dataclass from JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self, get_args


@dataclass(frozen=True)
class ResponseModel:
    """A JSON object of the server as a dataclass."""

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Build the model from a JSON object and ignore unknown fields."""
        types = {attribute.name: attribute.type for attribute in fields(cls)}
        return cls(**{key: _parse(types[key], body[key]) for key in types.keys() & body.keys()})


def _parse(kind: Any, value: Any) -> Any:
    """Parse a JSON value for a field of the type `kind`, `kind | None` or `tuple[kind, ...]`."""
    kind, *_ = get_args(kind) or (kind,)
    if value is None:
        return None
    if isinstance(value, list):
        return tuple(_parse(kind, element) for element in value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if issubclass(kind, ResponseModel):
        return kind.from_json(value)
    return kind(value) if issubclass(kind, StrEnum) else value
