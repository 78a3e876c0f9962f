"""JSON and numbers that come as text in forms and queries."""

import json

from core.domain import Attributes, check_attributes
from core.errors import InvalidInput

Crop = tuple[float, float, float, float]


def parse_attributes(text: str) -> Attributes:
    """A JSON object.

    Raises:
        InvalidInput: it is something else, or cannot be kept.
    """
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(f"attributes: not JSON ({exc})") from exc
    if not isinstance(found, dict):
        raise InvalidInput('attributes: send a JSON object, like {"colour": "red"}')
    return check_attributes(found)


def parse_crop(text: str | None) -> Crop | None:
    """Four fractions of the picture's width and height: left, top, right, bottom.

    Raises:
        InvalidInput: it is something else, or an empty rectangle.
    """
    if not text:
        return None
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
    except ValueError as exc:
        raise InvalidInput("crop: send left,top,right,bottom, like 0.1,0.2,0.9,1") from exc
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise InvalidInput("crop: fractions of the picture, 0 <= left < right <= 1, top likewise")
    return left, top, right, bottom


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is not a JSON value")
