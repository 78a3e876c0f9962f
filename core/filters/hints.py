"""Explains why a filter matched nothing, if a sample of the items shows the reason."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.filters.conditions import Condition, Kind, to_term
from core.filters.tree import AllOf, AnyOf, Filter, Node, Not

MAX_NAMES = 12
_KIND_NAMES = {"text": "text", "number": "a number", "truth": "true or false"}
Attributes = Mapping[str, Any]


def explain_no_matches(filter: Filter, items: Sequence[Attributes]) -> str | None:
    """Return a sentence about the first condition that no item in the sample could meet, or None.

    `items` holds the attributes of each item in the sample.
    """
    return _explain(filter.root, items) if items else None


def _explain(node: Node, items: Sequence[Attributes]) -> str | None:
    """Explain a part that must match: all parts of it, or one of several for `or`."""
    match node:
        case AllOf():
            reasons = (_explain(part, items) for part in node.parts)
            return next((reason for reason in reasons if reason), None)
        case AnyOf():
            explained = [_explain(part, items) for part in node.parts]
            return explained[0] if all(explained) else None
        case Condition():
            return _explain_condition(node, items)
        case Not():
            return None


def _explain_condition(condition: Condition, items: Sequence[Attributes]) -> str | None:
    name = condition.attribute
    values = [value for item in items if (value := item.get(name)) is not None]
    if condition.requires_absence:
        return None
    if not values:
        names = _attribute_names(items)
        return f"none of the {len(items)} items checked has the attribute {name!r}; {names}"
    if condition.operator == "exists":
        return None
    return _explain_kinds(condition, values)


def _explain_kinds(condition: Condition, values: list[Any]) -> str | None:
    start = f"the attribute {condition.attribute!r}"
    lists = [value for value in values if isinstance(value, list)]
    filter_kinds = {term.kind for term in condition.terms}
    if condition.operator == "contains":
        kinds = _kinds(element for value in lists for element in value)
        if not lists:
            return f"{start} is not a list in the items, so `contains` never holds"
        meaning = f"{start} is a list of {_kind_names(kinds) or 'nothing'} in the items"
    else:
        kinds = _kinds(values)
        if not kinds:
            usable = "`contains` or `exists`" if lists else "`exists`"
            return f"{start} is {'a list' if lists else 'an object'} in the items; use {usable}"
        meaning = f"{start} is {_kind_names(kinds)} in the items"
    if kinds & filter_kinds:
        return None
    return f"{meaning}, but the filter compares it with {_kind_names(filter_kinds)}"


def _kinds(values: Iterable[Any]) -> set[Kind]:
    return {term.kind for value in values if (term := to_term(value))}


def _kind_names(kinds: set[Kind]) -> str:
    return " or ".join(_KIND_NAMES[kind] for kind in sorted(kinds))


def _attribute_names(items: Sequence[Attributes]) -> str:
    names = sorted({name for item in items for name in item})
    ellipsis = ["..."] * (len(names) > MAX_NAMES)
    if not names:
        return "the items have no attributes"
    return f"the items have: {', '.join([*names[:MAX_NAMES], *ellipsis])}"
