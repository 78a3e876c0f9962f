"""The values of a block's form, which a flow sends loosely typed."""

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from core.domain import check_collection_name
from core.errors import InvalidInput

NO_COLLECTION = "Choose a collection in the block's form"
_FALSE_TEXTS = frozenset({"false", "0", "no", "off"})


class FormValues:
    """The fields of a form by name. A cleared field arrives as "" and counts as missing.

    Edited numbers arrive as text, and a folder or file as an object with its path. Other objects
    and lists, which a *Function* block can set, count as their JSON.
    """

    def __init__(self, args: Mapping[str, Any]) -> None:
        texts = {name: _text(value) for name, value in args.items() if name != "headers"}
        self._texts = {name: text for name, text in texts.items() if text}

    def text(self, name: str) -> str:
        """Return the text of a field; "" if the field is empty."""
        return self._texts.get(name, "")

    def require(self, name: str, hint: str) -> str:
        """Return the text of a field.

        Raises:
            InvalidInput: the field is empty; `hint` says what to do.
        """
        if name not in self._texts:
            raise InvalidInput(hint)
        return self._texts[name]

    def renamed(self, **fields: str) -> dict[str, str]:
        """Return the fields that are not empty, under new names: `new_name="field"`."""
        return {name: self._texts[field] for name, field in fields.items() if field in self._texts}

    def collection_path(self, name: str) -> str:
        """Return the URL path of the collection chosen in a field.

        Raises:
            InvalidInput: no collection is chosen, or its name is invalid.
        """
        return f"/v1/collections/{check_collection_name(self.require(name, NO_COLLECTION))}"

    def json_object(self, name: str, hint: str) -> dict[str, Any]:
        """Return the object whose JSON is in a field.

        Raises:
            InvalidInput: the field is empty or contains something else; `hint` says what to do.
        """
        text = self.require(name, hint)
        try:
            value = json.loads(text)
            # rejects infinite numbers and half a surrogate pair, which cannot be sent on
            json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise InvalidInput(f"{text[:80]!r} is not a JSON object. {hint}")
        return value

    def names(self, name: str) -> list[str]:
        """Return the names in a field: separated by commas, or a list from a *Function* block."""
        text = self.text(name)
        with suppress(ValueError, RecursionError):
            if isinstance(values := json.loads(text), list):
                return [str(value).strip() for value in values]
        return [part for part in map(str.strip, text.split(",")) if part]

    def is_on(self, name: str, *, default: bool = True) -> bool:
        """Return whether a checkbox is ticked; `default` is its state before the first click."""
        text = self.text(name).lower()
        return text not in _FALSE_TEXTS if text else default

    def seconds(self, name: str) -> float:
        """Return a duration in seconds, infinite if the field is empty.

        Raises:
            InvalidInput: the field is not a number.
        """
        text = self.text(name) or "inf"
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
        if math.isnan(seconds):
            raise InvalidInput(f"{name}: {text[:80]!r} is not a number of seconds")
        return max(seconds, 0)


def _text(value: object) -> str:
    if isinstance(value, Mapping) and "path" in value:
        value = value["path"]
    if isinstance(value, Mapping | list):
        return json.dumps(value)
    return str(value).strip() if isinstance(value, str | int | float) else ""
