"""The filter language: `{"category": "dress", "price": {"lt": 50}}`; all conditions must hold.

Texts are compared with texts, numbers with numbers (5 equals 5.0), and truth values with truth
values. A condition on an attribute that is missing or of another kind never holds, even with `ne`.
"""

import json
import math
import operator
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, NoReturn

from core.errors import InvalidInput

MAX_CONDITIONS = 32
MAX_VALUES = 100
NAME_LENGTH = 128
TEXT_LENGTH = 512
FILTER_LENGTH = 65_536

Kind = Literal["text", "number", "truth"]
Operator = Literal["eq", "ne", "lt", "lte", "gt", "gte", "in"]
_ORDER_OPERATORS = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}
_OPERATORS = {"eq": operator.eq, "ne": operator.ne, "in": operator.eq, **_ORDER_OPERATORS}


class Term(NamedTuple):
    """A comparable attribute value, and its kind."""

    kind: Kind
    value: str | float | bool


@dataclass(frozen=True)
class Condition:
    """Compares an attribute with one value, or with several values for `in`."""

    attribute: str
    operator: Operator
    terms: tuple[Term, ...]

    def holds(self, value: Any) -> bool:
        """Return whether an attribute with this value meets the condition."""
        actual = to_term(value)
        compare = _OPERATORS[self.operator]
        return actual is not None and any(
            actual.kind == term.kind and compare(actual.value, term.value) for term in self.terms
        )


@dataclass(frozen=True)
class Filter:
    """Conditions that must all hold; without conditions, every item matches."""

    conditions: tuple[Condition, ...] = ()

    def matches(self, attributes: Mapping[str, Any]) -> bool:
        """Return whether an item with these attributes passes the filter."""
        return all(
            condition.holds(attributes.get(condition.attribute)) for condition in self.conditions
        )


def to_term(value: Any) -> Term | None:
    """Return the value with its kind; None for null, lists, objects, NaN and infinity."""
    match value:
        case bool():
            return Term("truth", value)
        case int() | float():
            return _number(value)
        case str() if value.isascii() or not _categories(value) & {"Cs"}:
            return Term("text", value)
        case _:
            return None


def parse_filter(filter: str | dict[str, Any] | None) -> Filter:
    """Parse a filter as clients send it: JSON text, a decoded object, or None.

    Raises:
        InvalidInput: the filter is invalid; the detail names the attribute and what is allowed.
    """
    raw = _load_json(filter) if isinstance(filter, str) else filter or {}
    if not isinstance(raw, dict):
        raise InvalidInput('filter: give a JSON object, such as {"category": "dress"}')
    conditions = [
        condition for name, value in raw.items() for condition in _conditions(name, value)
    ]
    if len(conditions) > MAX_CONDITIONS:
        raise InvalidInput(
            f"filter: {len(conditions)} conditions are too many; use at most {MAX_CONDITIONS}"
        )
    return Filter(tuple(conditions))


def _load_json(text: str) -> Any:
    if not text.strip():
        return {}
    if len(text) > FILTER_LENGTH:
        raise InvalidInput(f"filter: the text is too long; use at most {FILTER_LENGTH} characters")
    try:
        return json.loads(
            text, parse_constant=_reject_constant, object_pairs_hook=_reject_duplicates
        )
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(f"filter: this is not valid JSON: {exc}") from exc


def _reject_constant(name: str) -> NoReturn:
    raise InvalidInput(f"filter: {name} cannot be compared; use a finite number")


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise InvalidInput("filter: an attribute or operator appears twice; give each only once")
    return mapping


def _conditions(name: Any, value: Any) -> list[Condition]:
    if not isinstance(name, str) or not 1 <= len(name) <= NAME_LENGTH or not _is_plain(name):
        rule = f"a name must have 1 to {NAME_LENGTH} characters and no control characters"
        raise _invalid(str(name)[:80], rule)
    if not isinstance(value, dict):
        return [Condition(name, "eq", (_require_term(name, value),))]
    if not value:
        raise _invalid(name, f"the object is empty; use one of {', '.join(_OPERATORS)}")
    return [_condition(name, sign, operand) for sign, operand in value.items()]


def _condition(name: str, sign: Any, operand: Any) -> Condition:
    if sign not in _OPERATORS:
        raise _invalid(name, f"{str(sign)[:80]!r} is not one of {', '.join(_OPERATORS)}")
    if sign != "in":
        term = _require_term(name, operand)
        if sign in _ORDER_OPERATORS and term.kind == "truth":
            raise _invalid(name, f"`{sign}` takes a number or text")
        return Condition(name, sign, (term,))
    if not isinstance(operand, list) or not 1 <= len(operand) <= MAX_VALUES:
        raise _invalid(name, f"`in` takes a list of 1 to {MAX_VALUES} values")
    return Condition(name, "in", tuple(_require_term(name, value) for value in operand))


def _require_term(name: str, value: Any) -> Term:
    term = to_term(value)
    if term is None:
        raise _invalid(name, "compare it with text, a finite number, true or false")
    if isinstance(term.value, str) and (len(term.value) > TEXT_LENGTH or not _is_plain(term.value)):
        rule = f"text must have at most {TEXT_LENGTH} characters and no control characters"
        raise _invalid(name, rule)
    return term


def _invalid(attribute: str, reason: str) -> InvalidInput:
    return InvalidInput(f"filter: attribute {attribute!r}: {reason}")


def _number(value: float) -> Term | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return Term("number", number) if math.isfinite(number) else None


def _is_plain(text: str) -> bool:
    return not _categories(text) & {"Cc", "Cs"}


def _categories(text: str) -> set[str]:
    return set(map(unicodedata.category, text))
