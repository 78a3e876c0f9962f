"""The filter language: `{"category": "dress", "price": {"lt": 50}}`; all conditions must hold.

Texts are compared with texts, numbers with numbers (5 equals 5.0), and truth values with truth
values. A condition on an attribute that is missing or of another kind never holds, even with `ne`;
null is the same as missing. `exists` asks whether the attribute is there, of any kind. `contains`
holds if an attribute that is a list has an element that equals the value, or one of the values.

`{"or": [...]}`, `{"and": [...]}` and `{"not": {...}}` combine filters, and `{"colour": {"not":
"red"}}` negates conditions on one attribute. `not` is plain negation: what does not match, matches,
so items without the attribute do. An attribute that is itself named `or`, `and` or `not` is written
with a backslash in front, in JSON `"\\\\or"`; each further backslash belongs to the name.
"""

import json
import re
from typing import Any, NoReturn

from core.errors import InvalidInput
from core.filters.conditions import (
    OPERATORS,
    ORDER_OPERATORS,
    Condition,
    Operator,
    Term,
    categories,
    to_term,
)
from core.filters.tree import AllOf, AnyOf, Filter, Node, Not

__all__ = ["Condition", "Filter", "Term", "parse_filter", "to_term"]

MAX_CONDITIONS = 32
MAX_DEPTH = 8
MAX_VALUES = 100
NAME_LENGTH = 128
TEXT_LENGTH = 512
FILTER_LENGTH = 65_536

_ESCAPED = re.compile(r"\\+(or|and|not)")


def parse_filter(filter: str | dict[str, Any] | None) -> Filter:
    """Parse a filter as clients send it: JSON text, a decoded object, or None.

    Raises:
        InvalidInput: the filter is invalid; the detail names the attribute and what is allowed.
    """
    raw = _load_json(filter) if isinstance(filter, str) else filter or {}
    if not isinstance(raw, dict):
        raise InvalidInput('filter: give a JSON object, such as {"category": "dress"}')
    parsed = Filter(AllOf(_members(raw, depth=0)))
    if (count := len(parsed.conditions)) > MAX_CONDITIONS:
        raise InvalidInput(f"filter: {count} conditions are too many; use at most {MAX_CONDITIONS}")
    return parsed


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


def _members(raw: dict[str, Any], depth: int) -> tuple[Node, ...]:
    return tuple(node for name, value in raw.items() for node in _member(name, value, depth))


def _member(name: Any, value: Any, depth: int) -> list[Node]:
    match name:
        case "or":
            return [AnyOf(_filters(name, value, depth))]
        case "and":
            return [AllOf(_filters(name, value, depth))]
        case "not":
            return [Not(_nested(name, value, depth + 1))]
    return _conditions(_attribute_name(name), value, depth)


def _filters(word: str, value: Any, depth: int) -> tuple[Node, ...]:
    if not isinstance(value, list) or not value:
        raise InvalidInput(f"filter: `{word}` takes a list of filters; {_advice(word)}")
    return tuple(_nested(word, part, depth + 1) for part in value)


def _nested(word: str, value: Any, depth: int) -> AllOf:
    _check_depth(depth)
    if not isinstance(value, dict):
        raise InvalidInput(f"filter: `{word}` combines filters, which are objects; {_advice(word)}")
    if not value:
        raise InvalidInput(f"filter: a filter in `{word}` is empty; give it a condition")
    return AllOf(_members(value, depth))


def _advice(word: str) -> str:
    return f'for an attribute of this name, write "\\\\{word}"'


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidInput(
            f"filter: `or`, `and` and `not` are nested too deeply; use at most {MAX_DEPTH} levels"
        )


def _attribute_name(name: Any) -> str:
    if not isinstance(name, str) or not 1 <= len(name) <= NAME_LENGTH or not _is_plain(name):
        rule = f"a name must have 1 to {NAME_LENGTH} characters and no control characters"
        raise _invalid(str(name)[:80], rule)
    return name[1:] if _ESCAPED.fullmatch(name) else name


def _conditions(name: str, value: Any, depth: int) -> list[Node]:
    if not isinstance(value, dict):
        return [Condition(name, "eq", (_require_term(name, value),))]
    if not value:
        raise _invalid(name, f"the object is empty; use one of {', '.join(OPERATORS)}, not")
    return [_condition(name, sign, operand, depth) for sign, operand in value.items()]


def _condition(name: str, sign: Any, operand: Any, depth: int) -> Node:
    if sign == "not":
        _check_depth(depth + 1)
        return Not(AllOf(tuple(_conditions(name, operand, depth + 1))))
    if sign not in OPERATORS:
        raise _invalid(name, f"{str(sign)[:80]!r} is not one of {', '.join(OPERATORS)}, not")
    return Condition(name, sign, _terms(name, sign, operand))


def _terms(name: str, sign: Operator, operand: Any) -> tuple[Term, ...]:
    if sign == "in" or (sign == "contains" and isinstance(operand, list)):
        if not isinstance(operand, list) or not 1 <= len(operand) <= MAX_VALUES:
            raise _invalid(name, f"`{sign}` takes a list of 1 to {MAX_VALUES} values")
        return tuple(_require_term(name, value) for value in operand)
    term = _require_term(name, operand)
    if sign in ORDER_OPERATORS and term.kind == "truth":
        raise _invalid(name, f"`{sign}` takes a number or text")
    if sign == "exists" and term.kind != "truth":
        raise _invalid(name, "`exists` takes true or false")
    return (term,)


def _require_term(name: str, value: Any) -> Term:
    if isinstance(value, list):
        raise _invalid(
            name,
            "to compare it with a list, use `in`, or `contains` if it is a list itself; "
            "`or` and `and` combine filters",
        )
    term = to_term(value)
    if term is None:
        raise _invalid(name, "compare it with text, a finite number, true or false")
    if isinstance(term.value, str) and (len(term.value) > TEXT_LENGTH or not _is_plain(term.value)):
        rule = f"text must have at most {TEXT_LENGTH} characters and no control characters"
        raise _invalid(name, rule)
    return term


def _invalid(attribute: str, reason: str) -> InvalidInput:
    return InvalidInput(f"filter: attribute {attribute!r}: {reason}")


def _is_plain(text: str) -> bool:
    return not categories(text) & {"Cc", "Cs"}
