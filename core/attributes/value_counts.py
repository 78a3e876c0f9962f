"""Counts the values of attributes, so that a filter can offer them as choices."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.attributes.values import AttributeTypes
from core.domain import Attributes

MAX_CHOICES = 50
_MAX_LENGTH = 100
"""Of a value, in characters; longer ones are descriptions, not choices."""
_MAX_COUNTED = 5000
"""Different values of one attribute; names and descriptions have more, and are no choices."""


@dataclass
class ValueCounts:
    """The values of one attribute."""

    counter: Counter[str | bool] = field(default_factory=Counter)
    least: float | None = None
    greatest: float | None = None
    """The range of an attribute of numbers."""
    is_complete: bool = True
    """Whether all values are counted or in the range."""

    @property
    def choices(self) -> list[tuple[str | bool, int]] | None:
        """The values with their numbers of items, most frequent first; none if no item has any.

        None if there are many, or only numbers.
        """
        is_range = self.least is not None and not self.counter
        if is_range or not self.is_complete or len(self.counter) > MAX_CHOICES:
            return None
        return sorted(self.counter.items(), key=lambda pair: (-pair[1], str(pair[0])))

    def add(self, value: Any) -> None:
        """Count a value of one item; each text of a list counts."""
        match value:
            case bool():
                self.counter[value] += 1
            case int() | float():
                self.least = value if self.least is None else min(self.least, value)
                self.greatest = value if self.greatest is None else max(self.greatest, value)
            case str() if len(value) <= _MAX_LENGTH and len(self.counter) < _MAX_COUNTED:
                self.counter[value] += 1
            case list():
                texts = [element for element in value if isinstance(element, str)]
                self.is_complete &= len(texts) == len(value)
                for text in dict.fromkeys(texts):
                    self.add(text)
            case _:
                self.is_complete = False


def count_values(items: Iterable[Attributes], types: AttributeTypes) -> dict[str, ValueCounts]:
    """Return the values of every attribute that has a type, by name."""
    counts = {name: ValueCounts() for name in types}
    for attributes in items:
        for name, value in attributes.items():
            if name in counts:
                counts[name].add(value)
    return counts
