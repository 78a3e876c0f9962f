"""What attributes of an item can be kept, whichever door they came through."""

import json

from core.domain import Attributes
from core.errors import InvalidInput

BYTES = 16_384
DEPTH = 32


def check_attributes(attributes: Attributes) -> Attributes:
    """Return the attributes.

    Raises:
        InvalidInput: too many bytes, nested too deeply, or something that is no JSON: infinity,
            half a character. Kept, such a thing would break every answer that shows the item.
    """
    _check_depth(attributes, DEPTH)
    try:
        size = len(json.dumps(attributes, ensure_ascii=False, allow_nan=False).encode())
    except UnicodeEncodeError as exc:
        raise InvalidInput("attributes: a text has half of a surrogate pair") from exc
    except ValueError as exc:
        raise InvalidInput("attributes: a number is infinite, or none (NaN)") from exc
    if size > BYTES:
        raise InvalidInput(f"attributes of more than {BYTES:,} bytes; {size:,} came")
    return attributes


def _check_depth(value: object, left: int) -> None:
    if not isinstance(value, dict | list):
        return
    if left == 0:
        raise InvalidInput(f"attributes: nested more than {DEPTH} deep")
    for one in value.values() if isinstance(value, dict) else value:
        _check_depth(one, left - 1)
