"""Builds Milvus expressions; text from users reaches Milvus only through `quote`.

Milvus does not escape the values of `ids=`, and Milvus Lite has no expression templates. The key of
an attribute includes the kind of its value, so that a number is never compared with a text. Keys
contain only letters, digits and `%_.:-`, because Milvus and Milvus Lite parse other characters
differently.
"""

import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from core.filters.parse import Condition, Filter, Term, to_term
from core.vectors.store import EncodedAttributes

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "in": "=="}


def quote(text: str) -> str:
    """Return the text as a Milvus string literal."""
    return f'"{text.translate(_ESCAPES)}"'


def any_of(field: str, texts: Iterable[str]) -> str:
    """Return an expression for rows whose field, a name from the schema, has one of the texts."""
    return f"{field} in [{', '.join(map(quote, texts))}]"


def from_filter(filter: Filter) -> str:
    """Return a filter on attributes encoded by `encode_attributes`; "" matches all rows."""
    return _join("and", [_condition(condition) for condition in filter.conditions])


def encode_attributes(attributes: Mapping[str, Any]) -> EncodedAttributes:
    """Return the comparable attributes, each under a key made of its name and kind."""
    terms = ((name, to_term(value)) for name, value in attributes.items())
    return {_key(name, term): term.value for name, term in terms if term is not None}


def _condition(condition: Condition) -> str:
    sign = _SIGNS[condition.operator]
    tests = []
    for term in condition.terms:
        field = f"attributes[{quote(_key(condition.attribute, term))}]"
        test = f"{field} {sign} {_literal(term)}"
        # Milvus lets a missing value pass a test with `!=`.
        tests.append(f"((exists {field}) and {test})" if condition.operator == "ne" else test)
    return _join("or", tests)


def _join(word: str, tests: list[str]) -> str:
    """Join tests in a balanced tree: Milvus rejects long chains, and Lite lacks `in` for JSON."""
    if len(tests) < 2:
        return "".join(tests)
    middle = len(tests) // 2
    return f"({_join(word, tests[:middle])} {word} {_join(word, tests[middle:])})"


def _key(name: str, term: Term) -> str:
    # Milvus turns keys into JSON pointers, where '~' is special; `quote` does not encode it.
    return f"{term.kind}:{urllib.parse.quote(name, safe='', errors='replace').replace('~', '%7E')}"


def _literal(term: Term) -> str:
    match term.value:
        case bool():
            return "true" if term.value else "false"
        case str():
            return quote(term.value)
        case _:
            return repr(term.value)
