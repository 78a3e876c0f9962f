"""Milvus expressions; no text of a user reaches Milvus except through `quote`.

Milvus does not escape what is passed as `ids=`, and Milvus Lite knows no templates. An attribute
is kept under a key that says its kind, so that a number is never compared with a text; the key has
only letters, digits and `%_.:-` in it, since the two Milvuses read others differently.
"""

import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from core.filters.parse import Condition, Filter, Term, term

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "in": "=="}


def quote(text: str) -> str:
    """The text as a Milvus string literal."""
    return f'"{text.translate(_ESCAPES)}"'


def one_of(field: str, texts: Iterable[str]) -> str:
    """An expression for rows whose field, one of ours, is one of the texts."""
    return f"{field} in [{', '.join(map(quote, texts))}]"


def of(filter: Filter) -> str:
    """The filter as an expression over attributes as `stored`; empty if everything matches."""
    return _joined("and", [_condition(condition) for condition in filter.conditions])


def stored(attributes: Mapping[str, Any]) -> dict[str, str | float | bool]:
    """Attributes as Milvus keeps them: those that can be compared, each under its kind's key."""
    terms = ((name, term(value)) for name, value in attributes.items())
    return {_key(name, found): found.value for name, found in terms if found is not None}


def _condition(condition: Condition) -> str:
    sign = _SIGNS[condition.operator]
    tests = []
    for asked in condition.terms:
        field = f"attributes[{quote(_key(condition.attribute, asked))}]"
        test = f"{field} {sign} {_literal(asked)}"
        # Milvus finds a missing value different from any other.
        tests.append(f"((exists {field}) and {test})" if condition.operator == "ne" else test)
    return _joined("or", tests)


def _joined(word: str, tests: list[str]) -> str:
    """As a tree of few levels: Milvus refuses a chain of a hundred, and Lite knows no `in` here."""
    if len(tests) < 2:
        return "".join(tests)
    middle = len(tests) // 2
    return f"({_joined(word, tests[:middle])} {word} {_joined(word, tests[middle:])})"


def _key(name: str, of: Term) -> str:
    # `quote` leaves '~', which has a meaning in the JSON pointers that Milvus makes of keys.
    return f"{of.kind}:{urllib.parse.quote(name, safe='', errors='replace').replace('~', '%7E')}"


def _literal(asked: Term) -> str:
    match asked.value:
        case bool():
            return "true" if asked.value else "false"
        case str():
            return quote(asked.value)
        case _:
            return repr(asked.value)
