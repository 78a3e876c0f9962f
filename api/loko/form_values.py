"""The values of a block's form, as loosely typed as a flow sends them."""

import math
from collections.abc import Mapping
from typing import Any

from core.domain import check_collection_name
from core.errors import InvalidInput

CHOOSE = "Choose a collection in the block's form"
_OFF = frozenset({"false", "0", "no", "off"})


class Form:
    """Fields by name. A cleared field comes as "", and is as if it were not there.

    Numbers are texts once they were edited; a folder or file is an object with its path.
    """

    def __init__(self, args: Mapping[str, Any]) -> None:
        texts = {name: _text(value) for name, value in args.items() if name != "headers"}
        self._texts = {name: text for name, text in texts.items() if text}

    def text(self, name: str) -> str:
        """A field's text, or ""."""
        return self._texts.get(name, "")

    def needed(self, name: str, complaint: str) -> str:
        """A field's text.

        Raises:
            InvalidInput: it is empty.
        """
        if name not in self._texts:
            raise InvalidInput(complaint)
        return self._texts[name]

    def given(self, **fields: str) -> dict[str, str]:
        """What the form has of some fields, under other names."""
        return {name: self._texts[field] for name, field in fields.items() if field in self._texts}

    def collection(self, name: str) -> str:
        """The path of the collection that a field chooses.

        Raises:
            InvalidInput: none is chosen, or it cannot be a name.
        """
        return f"/v1/collections/{check_collection_name(self.needed(name, CHOOSE))}"

    def is_on(self, name: str) -> bool:
        """Whether a box is ticked; all of ours are at first."""
        return self.text(name).lower() not in _OFF

    def seconds(self, name: str) -> float:
        """A length of time; without end where the field is empty.

        Raises:
            InvalidInput: it is no number.
        """
        text = self.text(name) or "inf"
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if math.isnan(found):
            raise InvalidInput(f"{name}: {text[:80]!r} is not a number of seconds")
        return max(found, 0)


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("path")
    return str(value).strip() if isinstance(value, str | int | float) else ""
