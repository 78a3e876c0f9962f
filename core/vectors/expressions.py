"""Builds Milvus expressions; text from users reaches Milvus only through `quote`.

Milvus does not escape the values of `ids=`, and Milvus Lite has no expression templates. The key of
an attribute includes the kind of its value, so that a number is never compared with a text. Keys
contain only letters, digits and `%_.:-`, because Milvus and Milvus Lite parse other characters
differently.
"""

import urllib.parse
from collections import defaultdict
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


def from_filter(filter: Filter, *, lite: bool) -> str:
    """Return a filter on attributes encoded by `encode_attributes`; "" matches all rows.

    Lite has no `in` for attributes; without it, a full Milvus takes 200 ms to test 100 values.
    """
    conditions = filter.conditions
    return _join(
        "and", [_any_of(c) if c.operator == "in" and not lite else _test(c) for c in conditions]
    )


def encode_attributes(attributes: Mapping[str, Any]) -> EncodedAttributes:
    """Return the comparable attributes, each under a key made of its name and kind."""
    terms = ((name, to_term(value)) for name, value in attributes.items())
    return {_key(name, term): term.value for name, term in terms if term is not None}


def _any_of(condition: Condition) -> str:
    literals: defaultdict[str, list[str]] = defaultdict(list)
    for term in condition.terms:
        literals[_field(condition.attribute, term)].append(_literal(term))
    return _join("or", [f"{field} in [{', '.join(values)}]" for field, values in literals.items()])


def _test(condition: Condition) -> str:
    sign = _SIGNS[condition.operator]
    tests = []
    for term in condition.terms:
        field = _field(condition.attribute, term)
        test = f"{field} {sign} {_literal(term)}"
        # Milvus lets a missing value pass a test with `!=`.
        tests.append(f"((exists {field}) and {test})" if condition.operator == "ne" else test)
    return _join("or", tests)


def _join(word: str, tests: list[str]) -> str:
    """Join tests in a balanced tree, because Milvus rejects long chains."""
    if len(tests) < 2:
        return "".join(tests)
    middle = len(tests) // 2
    return f"({_join(word, tests[:middle])} {word} {_join(word, tests[middle:])})"


def _field(name: str, term: Term) -> str:
    return f"attributes[{quote(_key(name, term))}]"


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
