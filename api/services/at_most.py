"""Parses how many items with the same value of an attribute are shown."""

from typing import Any

from api.services.form_parsing import load_json
from core.attributes import AttributeTypes
from core.domain import SEEN_COLOUR
from core.errors import InvalidInput

MAX_ATTRIBUTES = 5
MAX_COUNT = 200


def parse_at_most(value: str | dict[str, Any] | None, types: AttributeTypes) -> dict[str, int]:
    """Parse a JSON object of counts by attribute.

    Raises:
        InvalidInput: it is no such object, or an attribute does not exist or has no single value.
    """
    limits = load_json(value, "at_most") if isinstance(value, str) and value.strip() else value
    if not limits:
        return {}
    if not isinstance(limits, dict) or len(limits) > MAX_ATTRIBUTES:
        raise InvalidInput(
            f'at_most: send a JSON object of up to {MAX_ATTRIBUTES} attributes, like {{"kind": 3}}'
        )
    for name, count in limits.items():
        check_single_valued("at_most", name, types)
        if type(count) is not int or not 1 <= count <= MAX_COUNT:
            raise InvalidInput(f"at_most: {name[:80]!r} takes an integer from 1 to {MAX_COUNT}")
    return limits


def check_single_valued(parameter: str, name: str, types: AttributeTypes) -> None:
    """Check that an attribute has single values; without any own, every name is allowed.

    Raises:
        InvalidInput: no item has the attribute, or its values are lists or objects.
    """
    if types.keys() - {SEEN_COLOUR} and name not in types:
        known = ", ".join(sorted(types)[:20])
        raise InvalidInput(f"{parameter}: no item has an attribute {name[:80]!r}; known: {known}")
    if name in types and not types[name].is_single:
        raise InvalidInput(
            f"{parameter}: attribute {name!r} has the type {types[name]}; use an attribute with a "
            "single value, such as a text"
        )
