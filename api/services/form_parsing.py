"""Parsers of form fields."""

import json

from core.domain import Attributes, check_attributes
from core.errors import InvalidInput

Crop = tuple[float, float, float, float]


def parse_attributes(text: str) -> Attributes:
    """Parse item attributes from a JSON object.

    Raises:
        InvalidInput: the text is not a JSON object, or the attributes cannot be stored.
    """
    try:
        attributes = json.loads(text)  # infinity and NaN are rejected with the attributes
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(f"attributes: this is not valid JSON: {exc}") from exc
    if not isinstance(attributes, dict):
        raise InvalidInput('attributes: send a JSON object, like {"colour": "red"}')
    return check_attributes(attributes)


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
        raise InvalidInput("crop: send left,top,right,bottom, like 0.1,0.2,0.9,1") from exc
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise InvalidInput(
            "crop: send fractions of the image, 0 <= left < right <= 1 and 0 <= top < bottom <= 1"
        )
    return left, top, right, bottom
