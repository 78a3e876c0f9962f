"""Parsers of form fields and JSON."""

import json
from contextlib import suppress
from typing import Any

from core.attributes import check_attributes
from core.domain import Attributes
from core.errors import InvalidInput

Crop = tuple[float, float, float, float]


def parse_attributes(text: str) -> Attributes:
    """Parse item attributes from a JSON object.

    Raises:
        InvalidInput: the text is not a JSON object, or the attributes cannot be stored.
    """
    attributes = load_json(text, "attributes")  # infinity and NaN are rejected with the attributes
    if not isinstance(attributes, dict):
        raise InvalidInput('attributes: send a JSON object, like {"colour": "red"}')
    return check_attributes(attributes)


def parse_flag(name: str, text: str) -> bool:
    """Parse a form field that is true or false; an empty field is false.

    Raises:
        InvalidInput: the text is neither.
    """
    if text.strip().lower() not in {"", "true", "false"}:
        raise InvalidInput(f"{name}: send true or false, not {text[:80]!r}")
    return text.strip().lower() == "true"


def parse_share(name: str, text: str) -> float | None:
    """Parse a form field that is a number from 0 to 1; an empty field is None.

    Raises:
        InvalidInput: the text is not such a number.
    """
    if not text.strip():
        return None
    with suppress(ValueError):
        if 0 <= (share := float(text)) <= 1:
            return share
    raise InvalidInput(f"{name}: send a number from 0 to 1, not {text[:80]!r}")


def load_json(text: str | bytes, name: str) -> Any:
    """Parse JSON; `name` is the subject of error messages.

    Raises:
        InvalidInput: the text is not JSON, or an object repeats a key.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except InvalidInput as exc:
        raise InvalidInput(f"{name}: {exc.detail}") from exc
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(f"{name}: this is not valid JSON: {exc}") from exc


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"{repeated[:80]!r} appears twice in the same object; give it once")
    return mapping


def parse_crop(text: str | None) -> Crop | None:
    """Parse left, top, right, bottom, in fractions of the image's width and height.

    Raises:
        InvalidInput: the text is not four fractions, or the rectangle is empty.
    """
    if not text:
        return None
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
    except ValueError as exc:
        raise InvalidInput("crop: send left,top,right,bottom (such as 0.1,0.2,0.9,1)") from exc
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise InvalidInput(
            "crop: send fractions of the image's width and height, with 0 <= left < right <= 1 and "
            "0 <= top < bottom <= 1"
        )
    return left, top, right, bottom
