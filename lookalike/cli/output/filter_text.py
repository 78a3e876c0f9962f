"""Filters in words for people: `kind = dress and price < 50`."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_SIGNS = {"eq": "=", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_COMBINING = ("or", "and", "not")
_AMBIGUOUS = re.compile(r"""[,()\[\]{}"=<>]|\b(and|or|not|is|exists|contains)\b""", re.IGNORECASE)
"""Characters and words that could be read as a part of the sentence around a text."""


def filter_text(filter: Mapping[str, Any]) -> str:
    """Return a filter as a sentence in one line."""
    return " and ".join(_member(name, value) for name, value in filter.items())


def _member(name: str, value: Any) -> str:
    match name:
        case "or":
            return f"({' or '.join(map(filter_text, value))})"
        case "and":
            return " and ".join(map(filter_text, value))
        case "not":
            return f"not ({filter_text(value)})"
    is_escaped = name.startswith("\\") and name.lstrip("\\") in _COMBINING
    return _conditions(value_text(name[1:] if is_escaped else name), value)


def _conditions(name: str, value: Any) -> str:
    pairs = value.items() if isinstance(value, Mapping) else [("eq", value)]
    return " and ".join(_condition(name, operator, operand) for operator, operand in pairs)


def _condition(name: str, operator: str, operand: Any) -> str:
    match operator:
        case "exists":
            return f"{name} {'exists' if operand else 'is missing'}"
        case "not":
            return f"not ({_conditions(name, operand)})"
        case "in":
            return f"{name} is one of {_list_text(operand)}"
        case "contains" if isinstance(operand, list):
            return f"{name} contains one of {_list_text(operand)}"
        case "contains":
            return f"{name} contains {value_text(operand)}"
    return f"{name} {_SIGNS.get(operator, operator)} {value_text(operand)}"


def _list_text(values: Iterable[Any]) -> str:
    return f"({', '.join(map(value_text, values))})"


def value_text(value: Any) -> str:
    """Return a value as people write it: a text has quotation marks only if it is ambiguous."""
    if isinstance(value, str) and not _is_ambiguous(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_ambiguous(text: str) -> bool:
    """Return whether a text could be read as a number, or as words of a filter."""
    if text != text.strip() or not text.isprintable() or not text or _AMBIGUOUS.search(text):
        return True
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
