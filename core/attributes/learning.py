"""Learns the type of each attribute from the first values that are sent for it.

An attribute gets the type that at least three quarters of its values have. If there is no such
type, it is a list if any value is one, and otherwise text. Numbers with and without decimals, such
as the prices 49 and 49.90, count as the same type. A table column with leading zeros, or with
numbers of more than 15 digits, is text, because it holds article numbers or postcodes.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from core.attributes.number_text import is_number
from core.attributes.values import AttributeType, AttributeTypes, read_attributes
from core.domain import Attributes

MAX_ATTRIBUTES = 2_000
_MAJORITY = 0.75
_IDENTIFIER = re.compile(r"0\d+|\d{16,}")
_JSON_TYPES: dict[type, AttributeType] = {
    bool: AttributeType.BOOLEAN,
    int: AttributeType.NUMBER,
    float: AttributeType.NUMBER,
    list: AttributeType.LIST,
    dict: AttributeType.OBJECT,
}

Observed = Mapping[str, Iterable[Any]]
"""The values of each attribute in an import or a request."""


class Cell(str):
    """The text of a table's cell, which may stand for a number or a truth value."""

    __slots__ = ()


def extend_types(types: AttributeTypes, observed: Observed) -> dict[str, AttributeType]:
    """Return the known types, unchanged, together with the types of new attributes.

    Values that do not fit a known type are left for `read_attributes` to refuse. Attributes beyond
    `MAX_ATTRIBUTES` get no type.
    """
    extended = dict(types)
    for name, values in observed.items():
        present = [value for value in values if value is not None]
        if present and name not in types and len(extended) < MAX_ATTRIBUTES:
            extended[name] = _learn(present)
    return extended


def learn_and_read(
    attributes: Attributes, types: AttributeTypes
) -> tuple[AttributeTypes, Attributes]:
    """Return the types extended by these attributes, and the attributes with values of their types.

    Raises:
        InvalidInput: a value does not fit, or there are too many attributes.
    """
    extended = extend_types(types, {name: [value] for name, value in attributes.items()})
    return extended, read_attributes(attributes, extended)


def _learn(values: list[Any]) -> AttributeType:
    if any(isinstance(value, Cell) and _IDENTIFIER.fullmatch(value) for value in values):
        return AttributeType.TEXT
    counts = Counter(map(_type_of, values))
    commonest, count = counts.most_common(1)[0]
    if count >= _MAJORITY * len(values):
        return commonest
    return AttributeType.LIST if AttributeType.LIST in counts else AttributeType.TEXT


def _type_of(value: Any) -> AttributeType:
    if isinstance(value, Cell):
        return _type_of_cell(value.strip())
    return _JSON_TYPES.get(type(value), AttributeType.TEXT)


def _type_of_cell(text: str) -> AttributeType:
    if text.lower() in {"true", "false"}:
        return AttributeType.BOOLEAN
    return AttributeType.NUMBER if is_number(text) else AttributeType.TEXT
