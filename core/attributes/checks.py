"""Checks the attributes of an item."""

import json
import sys
from collections.abc import Iterable

from core.domain import SEEN_COLOUR, Attributes
from core.errors import InvalidInput

_MAX_BYTES = 16_384
_MAX_DEPTH = 32


def check_attributes(attributes: Attributes) -> Attributes:
    """Return the attributes.

    Raises:
        InvalidInput: an attribute is called `availability`, which is kept apart from attributes, or
            `seen_colour`, which only images determine; or the attributes are too large, nested too
            deeply, or not valid JSON (infinity, integers beyond the range of floats, half of a
            surrogate pair), which would break every response that contains the item.
    """
    if misplaced := [name for name in attributes if name.lower() == "availability"]:
        raise InvalidInput(
            f"attributes: {misplaced[0]!r} is not an attribute, but a state of the item: choose "
            "it for the item, or give it in a table's column of this name (over HTTP: PATCH of "
            "the item, or POST .../availability)"
        )
    check_not_seen(attributes)
    _check_values(attributes, _MAX_DEPTH)
    try:
        size = len(json.dumps(attributes, ensure_ascii=False, allow_nan=False).encode())
    except UnicodeEncodeError as exc:
        raise InvalidInput(
            "attributes: a text contains half of a character (of a surrogate pair); correct it"
        ) from exc
    except ValueError as exc:
        raise InvalidInput(
            "attributes: a value is infinite or NaN, which are not numbers; leave it out"
        ) from exc
    if size > _MAX_BYTES:
        raise InvalidInput(f"the attributes take up {size:,} bytes; the limit is {_MAX_BYTES:,}")
    return attributes


def check_not_seen(names: Iterable[str]) -> None:
    """Check that no attribute has a name that is reserved for what is seen in images.

    Raises:
        InvalidInput: one of them is called `seen_colour`.
    """
    if SEEN_COLOUR in names:
        raise InvalidInput(
            f"{SEEN_COLOUR!r} lists the colours that are seen in an item's images and cannot be "
            "set; leave it out, or give your attribute another name"
        )


def _check_values(value: object, levels: int) -> None:
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        raise InvalidInput(
            "attributes: a number is too large: most programs would read infinity; write it as text"
        )
    if not isinstance(value, dict | list):
        return
    if levels == 0:
        raise InvalidInput(f"the attributes are nested more than {_MAX_DEPTH} levels deep")
    for child in value.values() if isinstance(value, dict) else value:
        _check_values(child, levels - 1)
