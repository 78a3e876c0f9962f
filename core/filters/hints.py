"""Explains why a filter matched nothing, if a sample of the items shows the reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.filters.parse import Condition, Filter, Kind, to_term

MAX_NAMES = 12
_KIND_NAMES = {"text": "text", "number": "a number", "truth": "true or false"}
Attributes = Mapping[str, Any]


def explain_no_matches(filter: Filter, items: Sequence[Attributes]) -> str | None:
    """Return a sentence about the first condition that no item in the sample could meet, or None.

    `items` holds the attributes of each item in the sample.
    """
    if not items:
        return None
    reasons = (_explain(condition, items) for condition in filter.conditions)
    return next((reason for reason in reasons if reason), None)


def _explain(condition: Condition, items: Sequence[Attributes]) -> str | None:
    name = condition.attribute
    item_kinds = {term.kind for item in items if (term := to_term(item.get(name)))}
    filter_kinds = {term.kind for term in condition.terms}
    if not item_kinds:
        names = _attribute_names(items)
        return f"none of the {len(items)} items checked has the attribute {name!r}; {names}"
    if not item_kinds & filter_kinds:
        return (
            f"the attribute {name!r} is {_kind_names(item_kinds)} in the items, "
            f"but the filter compares it with {_kind_names(filter_kinds)}"
        )
    return None


def _kind_names(kinds: set[Kind]) -> str:
    return " or ".join(_KIND_NAMES[kind] for kind in sorted(kinds))


def _attribute_names(items: Sequence[Attributes]) -> str:
    names = sorted({name for item in items for name in item})
    ellipsis = ["..."] * (len(names) > MAX_NAMES)
    if not names:
        return "the items have no attributes"
    return f"the items have: {', '.join([*names[:MAX_NAMES], *ellipsis])}"
