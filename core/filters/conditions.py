"""Conditions on one attribute, and the kinds of values that they compare."""

import math
import operator
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Kind = Literal["text", "number", "truth"]
Operator = Literal["eq", "ne", "lt", "lte", "gt", "gte", "in", "exists", "contains"]

ORDER_OPERATORS = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}
_COMPARISONS = {"eq": operator.eq, "ne": operator.ne, "in": operator.eq, **ORDER_OPERATORS}
OPERATORS = (*_COMPARISONS, "exists", "contains")


class Term(NamedTuple):
    """A comparable attribute value, and its kind."""

    kind: Kind
    value: str | float | bool


@dataclass(frozen=True)
class Condition:
    """Compares an attribute with one value, or with several for `in` and `contains`.

    The term of `exists` is true or false.
    """

    attribute: str
    operator: Operator
    terms: tuple[Term, ...]

    @property
    def requires_absence(self) -> bool:
        """Whether items meet the condition that do not have the attribute."""
        return self.operator == "exists" and not self.terms[0].value

    def matches(self, attributes: Mapping[str, Any]) -> bool:
        """Return whether an item with these attributes meets the condition."""
        return self.holds(attributes.get(self.attribute))

    def holds(self, value: Any) -> bool:
        """Return whether an attribute with this value, None if it is missing, is as required."""
        if self.operator == "exists":
            return (value is not None) is self.terms[0].value
        if self.operator == "contains":
            return isinstance(value, list) and not set(self.terms).isdisjoint(map(to_term, value))
        actual, compare = to_term(value), _COMPARISONS[self.operator]
        return actual is not None and any(
            actual.kind == term.kind and compare(actual.value, term.value) for term in self.terms
        )


def to_term(value: Any) -> Term | None:
    """Return the value with its kind; None for null, lists, objects, NaN and infinity."""
    match value:
        case bool():
            return Term("truth", value)
        case int() | float():
            return _number(value)
        case str() if value.isascii() or not categories(value) & {"Cs"}:
            return Term("text", value)
        case _:
            return None


def categories(text: str) -> set[str]:
    """Return the Unicode categories of the characters."""
    return set(map(unicodedata.category, text))


def _number(value: float) -> Term | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return Term("number", number) if math.isfinite(number) else None
