"""Which items a search may return: `{"category": "dress", "price": {"lt": 50}}`, all must hold.

Values are compared as text, as numbers (5 is 5.0) or as truth values, never across: the text "5" is
not the number 5. An attribute that is missing, or of another kind, never matches; not even `ne`.
"""

import json
import math
import operator
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, NoReturn

from core.errors import InvalidInput

CONDITIONS = 32
VALUES = 100
NAME_LENGTH = 128
TEXT_LENGTH = 512
FILTER_LENGTH = 65_536

Kind = Literal["text", "number", "truth"]
Operator = Literal["eq", "ne", "lt", "lte", "gt", "gte", "in"]
ORDERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
_TESTS = {"eq": operator.eq, "ne": operator.ne, "in": operator.eq, **ORDERS}


class Term(NamedTuple):
    """A value that can be compared, and what it is compared as."""

    kind: Kind
    value: str | float | bool


@dataclass(frozen=True)
class Condition:
    """One attribute against one value, or for `in` against any of several."""

    attribute: str
    operator: Operator
    terms: tuple[Term, ...]

    def holds(self, value: Any) -> bool:
        """Whether an attribute with this value fulfils the condition."""
        found = term(value)
        test = _TESTS[self.operator]
        return found is not None and any(
            found.kind == asked.kind and test(found.value, asked.value) for asked in self.terms
        )


@dataclass(frozen=True)
class Filter:
    """Conditions that must all hold; with none, everything matches."""

    conditions: tuple[Condition, ...] = ()

    def matches(self, attributes: Mapping[str, Any]) -> bool:
        """Whether an item with these attributes may be returned."""
        return all(one.holds(attributes.get(one.attribute)) for one in self.conditions)


def term(value: Any) -> Term | None:
    """The value as it is compared; None if it cannot be: null, lists, objects, NaN, infinity."""
    match value:
        case bool():
            return Term("truth", value)
        case int() | float():
            return _number(value)
        case str() if value.isascii() or not _categories(value) & {"Cs"}:
            return Term("text", value)
        case _:
            return None


def parse(filter: str | dict[str, Any] | None) -> Filter:
    """Read a filter as clients send it: JSON text, its object, or nothing.

    Raises:
        InvalidInput: it is not a filter; the detail names the attribute and what is allowed.
    """
    asked = _object(filter) if isinstance(filter, str) else filter or {}
    if not isinstance(asked, dict):
        raise InvalidInput('filter: give a JSON object, such as {"category": "dress"}')
    conditions = [one for name, value in asked.items() for one in _conditions(name, value)]
    if len(conditions) > CONDITIONS:
        raise InvalidInput(
            f"filter: {len(conditions)} conditions; at most {CONDITIONS} are allowed"
        )
    return Filter(tuple(conditions))


def _object(text: str) -> Any:
    if not text.strip():
        return {}
    if len(text) > FILTER_LENGTH:
        raise InvalidInput(f"filter: at most {FILTER_LENGTH} characters are allowed")
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(f"filter: this is not JSON: {exc}") from exc


def _no_constant(name: str) -> NoReturn:
    raise InvalidInput(f"filter: {name} is not a number that can be compared")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    asked = dict(pairs)
    if len(asked) < len(pairs):
        raise InvalidInput("filter: an attribute or an operator is there twice")
    return asked


def _conditions(name: Any, value: Any) -> list[Condition]:
    if not isinstance(name, str) or not 1 <= len(name) <= NAME_LENGTH or not _plain(name):
        raise InvalidInput(
            f"filter: attribute {str(name)[:80]!r}: a name has 1 to {NAME_LENGTH} characters, "
            "none of them a control character"
        )
    if not isinstance(value, dict):
        return [Condition(name, "eq", (_term(name, value),))]
    if not value:
        raise InvalidInput(f"filter: attribute {name!r}: give one of {', '.join(_TESTS)}")
    return [_condition(name, sign, operand) for sign, operand in value.items()]


def _condition(name: str, sign: Any, operand: Any) -> Condition:
    if sign not in _TESTS:
        raise InvalidInput(
            f"filter: attribute {name!r}: {str(sign)[:80]!r} is not one of {', '.join(_TESTS)}"
        )
    if sign != "in":
        asked = _term(name, operand)
        if sign in ORDERS and asked.kind == "truth":
            raise InvalidInput(f"filter: attribute {name!r}: {sign} takes a number or a text")
        return Condition(name, sign, (asked,))
    if not isinstance(operand, list) or not 1 <= len(operand) <= VALUES:
        raise InvalidInput(f"filter: attribute {name!r}: in takes a list of 1 to {VALUES} values")
    return Condition(name, "in", tuple(_term(name, value) for value in operand))


def _term(name: str, value: Any) -> Term:
    found = term(value)
    if found is None:
        raise InvalidInput(
            f"filter: attribute {name!r}: compare with a text, a finite number, true or false"
        )
    if isinstance(found.value, str) and (len(found.value) > TEXT_LENGTH or not _plain(found.value)):
        raise InvalidInput(
            f"filter: attribute {name!r}: a text has at most {TEXT_LENGTH} characters, "
            "none of them a control character"
        )
    return found


def _number(value: float) -> Term | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return Term("number", number) if math.isfinite(number) else None


def _plain(text: str) -> bool:
    return not _categories(text) & {"Cc", "Cs"}


def _categories(text: str) -> set[str]:
    return set(map(unicodedata.category, text))
