"""The attributes of many rows, by attribute: JSON is parsed once, not at each search."""

import json
import threading
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Numbers = NDArray[np.int32]

COMPOUND = object()
"""Stands for any object, and any list with something other than texts: it differs from each text,
number and truth value, too. A list of texts is kept as a tuple."""


def _no_numbers() -> Numbers:
    return np.empty(0, np.int32)


@dataclass(frozen=True)
class Column:
    """One attribute: the rows that have it, ascending, and the number of each row's value.

    Equal values have the same number, since they compare equally with all others.
    """

    rows: Numbers = field(default_factory=_no_numbers)
    codes: Numbers = field(default_factory=_no_numbers)
    code_of: dict[Hashable, int] = field(default_factory=dict)

    @cached_property
    def values(self) -> list[Any]:
        """The values in the order of their numbers."""
        return list(self.code_of)

    @cached_property
    def floats(self) -> NDArray[np.float64] | None:
        """The values as an array, which compares them all at once, if they are floats."""
        return np.array(self.values) if {*map(type, self.values)} == {float} else None

    def with_rows(self, rows: list[int], values: list[Any]) -> "Column":
        """Return a column that has these rows, too."""
        code_of = self.code_of.copy()
        new = [code_of.setdefault(_hashable(value), len(code_of)) for value in values]
        return Column(_append(self.rows, rows), _append(self.codes, new), code_of)

    def until(self, row: int) -> "Column":
        """Return the column without this row and the rows after it."""
        count = int(np.searchsorted(self.rows, row))
        if count == len(self.rows):
            return self
        return Column(self.rows[:count], self.codes[:count], self.code_of)


def _hashable(value: Any) -> Hashable:
    match value:
        case list() if all(isinstance(element, str) for element in value):
            return tuple(value)
        case list() | dict():
            return COMPOUND
    return value  # type: ignore[no-any-return]  # a text, number or truth value


def _append(numbers: Numbers, new: list[int]) -> Numbers:
    return np.concatenate([numbers, np.array(new, np.int32)])


class AttributeColumns:
    """The attributes in a column of JSON texts, to which rows may be added.

    They take 8 bytes for each attribute of a row, and each distinct value once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._columns: defaultdict[str, Column] = defaultdict(Column)

    def parse(self, texts: pa.ChunkedArray) -> None:
        """Parse the texts that were not parsed before; they follow those of earlier calls."""
        with self._lock:
            if len(texts) > self._count:
                self._add(texts.slice(self._count).to_pylist())

    def column(self, name: str) -> Column:
        """Return an attribute of all rows parsed so far."""
        return self._columns.get(name, Column())

    def _add(self, texts: Iterable[str | None]) -> None:
        added: defaultdict[str, tuple[list[int], list[Any]]] = defaultdict(lambda: ([], []))
        for row, text in enumerate(texts, self._count):
            for name, value in _parse(text).items():
                if value is not None:  # null is the same as missing
                    rows, values = added[name]
                    rows.append(row)
                    values.append(value)
            self._count = row + 1
        for name, (rows, values) in added.items():
            self._columns[name] = self._columns[name].with_rows(rows, values)


def _parse(text: str | None) -> dict[str, Any]:
    """Return a JSON object; other values have no attributes."""
    try:
        value = json.loads(text) if text else None
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}
