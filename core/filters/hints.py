"""Why a filter lets nothing through: said where it is plain from some of the items."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.filters.parse import Condition, Filter, term

SHOWN = 12
_WORDS = {"text": "text", "number": "a number", "truth": "true or false"}
Attributes = Mapping[str, Any]


def hint(wanted: Filter, items: Sequence[Attributes]) -> str | None:
    """The first condition that none of these items could meet, as a sentence; else None.

    Args:
        wanted: the filter.
        items: the attributes of some items, or of all.
    """
    told = (_told(one, items) for one in wanted.conditions)
    return next((one for one in told if one), None) if items else None


def _told(condition: Condition, items: Sequence[Attributes]) -> str | None:
    name = condition.attribute
    there = {found.kind for one in items if (found := term(one.get(name)))}
    asked = {one.kind for one in condition.terms}
    if not there:
        return f"none of {len(items)} items looked at has the attribute {name!r}; {_names(items)}"
    if not there & asked:
        kinds = (" or ".join(_WORDS[kind] for kind in sorted(one)) for one in (there, asked))
        return "the attribute {!r} is {} in the items, and is compared with {}".format(name, *kinds)
    return None


def _names(items: Sequence[Attributes]) -> str:
    names = sorted({name for one in items for name in one})
    more = ["..."] * (len(names) > SHOWN)
    return f"they have: {', '.join([*names[:SHOWN], *more])}" if names else "they have none"
