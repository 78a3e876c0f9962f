"""Builds Milvus expressions; text from users reaches Milvus only through `quote`.

Milvus does not escape the values of `ids=`, and Milvus Lite has no expression templates. The key of
an attribute includes the kind of its value, so that a number is never compared with a text. Keys
contain only letters, digits and `%_.:-`, because Milvus and Milvus Lite parse other characters
differently.
"""

import urllib.parse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.filters.conditions import Condition, Term, to_term
from core.filters.tree import AllOf, AnyOf, Filter, Node, Not
from core.vectors.store import EncodedAttributes

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "in": "=="}
_KINDS = ("text", "number", "truth", "list", "other")
"""The first parts of the keys of attributes."""


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
    return _expression(filter.root, lite=lite, negated=False)


def encode_attributes(attributes: Mapping[str, Any]) -> EncodedAttributes:
    """Return the attributes that filters can test, each under a key made of its name and kind.

    A list becomes the list of its comparable elements as texts with their kinds, since servers
    differ in whether 1 equals true. Of other values, only the existence is kept.
    """
    return dict(_encode(name, value) for name, value in attributes.items() if value is not None)


def _encode(name: str, value: Any) -> tuple[str, str | float | bool | list[str]]:
    if isinstance(value, list):
        terms = (term for element in value if (term := to_term(element)))
        return _key(name, "list"), list(dict.fromkeys(map(_element, terms)))
    term = to_term(value)
    return (_key(name, "other"), True) if term is None else (_key(name, term.kind), term.value)


def _element(term: Term) -> str:
    """Return an element of a list as text; equal elements have equal texts."""
    value = term.value if isinstance(term.value, str) else repr(term.value + 0)  # 0.0 for -0.0
    return f"{term.kind}:{value}"


def _expression(node: Node, *, lite: bool, negated: bool) -> str:
    match node:
        case Condition():
            return _test(node, lite=lite, negated=negated)
        case Not():
            return f"(not ({_expression(node.part, lite=lite, negated=True)}))"
        case AllOf() | AnyOf():
            word = "and" if isinstance(node, AllOf) else "or"
            parts = [_expression(part, lite=lite, negated=negated) for part in node.parts]
            return _join(word, parts)


def _test(condition: Condition, *, lite: bool, negated: bool) -> str:
    match condition.operator:
        case "exists":
            return _existence(condition)
        case "contains":
            elements = ", ".join(quote(_element(term)) for term in condition.terms)
            return f"json_contains_any({_field(condition.attribute, 'list')}, [{elements}])"
    # Milvus lets a missing value pass a test with `!=`; in Lite, a test of a missing value is
    # neither true nor false, and neither is its negation.
    guarded = negated or condition.operator == "ne"
    tests = [
        f"((exists {field}) and {test})" if guarded else test
        for field, test in _comparisons(condition, lite=lite)
    ]
    return _join("or", tests)


def _existence(condition: Condition) -> str:
    fields = (_field(condition.attribute, kind) for kind in _KINDS)
    test = _join("or", [f"(exists {field})" for field in fields])
    return test if condition.terms[0].value else f"(not {test})"


def _comparisons(condition: Condition, *, lite: bool) -> Iterator[tuple[str, str]]:
    """Yield, for each kind of values in the condition, the field and its test."""
    literals: defaultdict[str, list[str]] = defaultdict(list)
    for term in condition.terms:
        literals[_field(condition.attribute, term.kind)].append(_literal(term))
    for field, values in literals.items():
        if condition.operator == "in" and not lite:
            yield field, f"{field} in [{', '.join(values)}]"
        else:
            sign = _SIGNS[condition.operator]
            yield field, _join("or", [f"{field} {sign} {value}" for value in values])


def _join(word: str, tests: list[str]) -> str:
    """Join tests in a balanced tree, because Milvus rejects long chains."""
    if len(tests) < 2:
        return "".join(tests)
    middle = len(tests) // 2
    return f"({_join(word, tests[:middle])} {word} {_join(word, tests[middle:])})"


def _field(name: str, kind: str) -> str:
    return f"attributes[{quote(_key(name, kind))}]"


def _key(name: str, kind: str) -> str:
    # Milvus turns keys into JSON pointers, where '~' is special; `quote` does not encode it.
    return f"{kind}:{urllib.parse.quote(name, safe='', errors='replace').replace('~', '%7E')}"


def _literal(term: Term) -> str:
    match term.value:
        case bool():
            return "true" if term.value else "false"
        case str():
            return quote(term.value)
        case _:
            return repr(term.value)
