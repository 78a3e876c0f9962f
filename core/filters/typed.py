"""Filters on attributes whose types are known: values are read as their attribute's type."""

from dataclasses import replace
from typing import Any

from core.attributes import AttributeType, AttributeTypes, read_value
from core.errors import InvalidInput
from core.filters.conditions import Condition, to_term
from core.filters.parse import parse_filter
from core.filters.tree import Filter

_ALLOWED = {AttributeType.LIST: "`contains` or `exists`", AttributeType.OBJECT: "`exists`"}
"""The operators for attributes that cannot be compared."""


def parse_typed_filter(filter: str | dict[str, Any] | None, types: AttributeTypes) -> Filter:
    """Parse a filter for a collection with these types; for a number, `"67,90"` is 67.9.

    Raises:
        InvalidInput: the filter is invalid, or a value does not fit its attribute's type.
    """
    return parse_filter(filter).with_conditions(lambda condition: _typed(condition, types))


def _typed(condition: Condition, types: AttributeTypes) -> Condition:
    name = condition.attribute
    if name not in types or condition.operator == "exists":
        return condition
    _check_operator(condition, types[name])
    if condition.operator == "contains":
        return condition  # the elements of a list may be of any kind
    terms = (_read(name, term.value, types[name]) for term in condition.terms)
    return replace(condition, terms=tuple(term for value in terms if (term := to_term(value))))


def _check_operator(condition: Condition, type: AttributeType) -> None:
    """Check that the operator fits the type: compared as text, "9" would be greater than "50"."""
    start = f"filter: attribute {condition.attribute!r}"
    if condition.operator == "contains":
        if type is not AttributeType.LIST:
            raise InvalidInput(f"{start} has the type {type}, but `contains` is for lists")
        return
    if type in _ALLOWED:
        raise InvalidInput(
            f"{start} is {_with_article(type)}, which cannot be compared; use {_ALLOWED[type]}"
        )
    if condition.operator in {"eq", "ne", "in"}:
        return
    if type is AttributeType.BOOLEAN:
        raise InvalidInput(
            f"{start}: `{condition.operator}` takes a number or text, but the attribute is true "
            "or false"
        )
    if type is AttributeType.TEXT and condition.terms[0].kind != "text":
        raise InvalidInput(
            f"{start} is text, so `{condition.operator}` takes text; to compare numbers, change "
            "the type of the attribute"
        )


def _read(name: str, value: Any, type: AttributeType) -> Any:
    if type is AttributeType.INTEGER:
        type = AttributeType.NUMBER  # a bound of integers may have decimals
    try:
        return read_value(name, value, type)
    except InvalidInput as exc:
        raise InvalidInput(f"filter: {exc.detail}") from exc


def _with_article(type: AttributeType) -> str:
    return f"an {type}" if type is AttributeType.OBJECT else f"a {type}"
