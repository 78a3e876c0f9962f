"""The types of attributes, and how values in tables, forms, JSON and filters are read."""

import json
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any

from core.attributes.number_text import DecimalSign, read_number
from core.domain import Attributes
from core.errors import InvalidInput

LIST_SEPARATOR = "|"
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class AttributeType(StrEnum):
    """The type of an attribute's values, which is the same in all items of a collection."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    LIST = "list"
    OBJECT = "object"

    @property
    def is_single(self) -> bool:
        """Whether a value is a single text, number or truth value."""
        return self not in {AttributeType.LIST, AttributeType.OBJECT}


AttributeTypes = Mapping[str, AttributeType]
"""The types of a collection's attributes by name."""

Signs = frozenset[DecimalSign]
"""The decimal signs of the column that a value comes from."""


def read_attributes(
    attributes: Attributes, types: AttributeTypes, signs: Mapping[str, Signs] | None = None
) -> Attributes:
    """Return the attributes with values of their types; null, which removes one, stays null.

    `signs` are the decimal signs of each column of the attributes' table.

    Raises:
        InvalidInput: a value does not fit, or an attribute has no type because there are too many
            attributes.
    """
    column_signs = signs or {}
    return {
        name: value
        if value is None
        else read_value(name, value, _type_of(name, types), column_signs.get(name, frozenset()))
        for name, value in attributes.items()
    }


def fit_attributes(attributes: Attributes, types: AttributeTypes) -> Attributes:
    """Return the attributes with values of their types; those that do not fit stay as they are."""
    fitting = dict(attributes)
    for name in attributes.keys() & types.keys():
        with suppress(InvalidInput):
            fitting |= read_attributes({name: attributes[name]}, types)
    return fitting


def read_value(name: str, value: Any, type: AttributeType, signs: Signs = frozenset()) -> Any:
    """Convert a value to the attribute's type: for a number, the text `67,90` becomes 67.9.

    Raises:
        InvalidInput: the value does not fit; the detail names attribute, value and type.
    """
    try:
        return _READERS[type](value, signs)
    except InvalidInput as exc:
        raise InvalidInput(
            f"attribute {name!r} has the type {type}, but {_excerpt(value)} {exc.detail}; "
            "correct the value, or change the type of the attribute"
        ) from exc


def _type_of(name: str, types: AttributeTypes) -> AttributeType:
    if name not in types:
        raise InvalidInput(
            f"attribute {name[:80]!r} is new, but the collection already has {len(types):,} "
            "attributes; use fewer attributes, or one attribute of the type object"
        )
    return types[name]


def _text(value: Any, _: Signs) -> str:
    match value:
        case str():
            return str(value)
        case bool():
            return str(value).lower()
        case int() | float() if abs(value) < math.inf:
            return str(int(value) if value == value // 1 else value)
    raise InvalidInput("is not text")


def _number(value: Any, signs: Signs) -> int | float:
    match value:
        case str():
            return read_number(value, signs)
        case int() | float() if not isinstance(value, bool):
            return value
    raise InvalidInput("is not a number")


def _integer(value: Any, signs: Signs) -> int:
    number = _number(value, signs)
    if number != number // 1:
        raise InvalidInput("is not an integer")
    return int(number)


def _boolean(value: Any, _: Signs) -> bool:
    key = str(value).strip().lower() if isinstance(value, str | int) else ""
    if key not in _TRUTH:
        raise InvalidInput("is neither true nor false")
    return _TRUTH[key]


def _list(value: Any, _: Signs) -> list[Any]:
    if isinstance(value, str) and not value.lstrip().startswith("["):
        return [part for text in value.split(LIST_SEPARATOR) if (part := text.strip())]
    parsed = _parsed(value)
    if not isinstance(parsed, list):
        raise InvalidInput("is not a list, such as red|blue")
    return parsed


def _object(value: Any, _: Signs) -> dict[str, Any]:
    parsed = _parsed(value)
    if not isinstance(parsed, dict):
        raise InvalidInput('is not an object, such as {"length": 5}')
    return parsed


def _parsed(value: Any) -> Any:
    """Return the value of a JSON text, or None if it is not JSON; other values are unchanged."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _excerpt(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


_READERS: dict[AttributeType, Callable[[Any, Signs], Any]] = {
    AttributeType.TEXT: _text,
    AttributeType.NUMBER: _number,
    AttributeType.INTEGER: _integer,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.LIST: _list,
    AttributeType.OBJECT: _object,
}
