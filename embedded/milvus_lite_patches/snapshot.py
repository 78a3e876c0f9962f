"""All rows of a collection at one moment, and which of them are live."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedded.milvus_lite_patches.filters import matching
from embedded.milvus_lite_patches.rows import Mask, Record, Rows

Places = NDArray[np.int64]
"""The part and the row number of each row, of shape (rows, 2)."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Rows in memory and in files, newest part first; the live ones are not replaced or deleted.

    `deletions` has the number of the last write that deleted each key.
    """

    parts: Sequence[Rows]
    live: Sequence[Mask]
    deletions: Mapping[Any, int]

    @staticmethod
    def of(parts: Sequence[Rows], deletions: Mapping[Any, int]) -> "Snapshot":
        """Return a snapshot of these rows."""
        return Snapshot((), (), deletions).with_newer(parts)

    def with_newer(self, newer: Sequence[Rows]) -> "Snapshot":
        """Return a snapshot that also has these rows."""
        parts = [*newer, *self.parts]
        live = [rows.current() for rows in newer] + [mask.copy() for mask in self.live]
        for later, earlier in combinations(range(len(parts)), 2):
            if later < len(newer):  # this snapshot has compared the others
                _hide_replaced(parts[later], live[later], parts[earlier], live[earlier])
        for deletions in (self.deletions, *(rows.deletions for rows in newer)):
            for rows, mask in zip(parts, live, strict=True):
                _hide_deleted(deletions, rows, mask)
        return Snapshot(parts, live, self.deletions)

    @property
    def count(self) -> int:
        """The number of live rows."""
        return sum(int(mask.sum()) for mask in self.live)

    def matching(self, compiled_filter: Any | None) -> list[Mask]:
        """Return, for each part, which live rows match a filter."""
        if compiled_filter is None:
            return list(self.live)
        parts = zip(self.parts, self.live, strict=True)
        return [live & matching(compiled_filter, rows) for rows, live in parts]

    def locate(self, keys: Iterable[Any]) -> Places:
        """Return the places of the live rows with these keys, in this order."""
        places = [
            (part, row)
            for key in keys
            for part, rows in enumerate(self.parts)
            if (row := rows.row_of.get(key)) is not None and self.live[part][row]
        ]
        return np.array(places, np.int64).reshape(-1, 2)

    def places(self, masks: Sequence[Mask]) -> Places:
        """Return the places of the rows in the masks."""
        rows = map(np.argwhere, masks)
        return np.concatenate([np.insert(at, 0, part, axis=1) for part, at in enumerate(rows)])

    def first_places(self, masks: Sequence[Mask], count: int | None) -> Places:
        """Return the places of the first rows in the masks, in the order of their keys."""
        orders = [rows.by_key for rows in self.parts]
        firsts = [
            (rows.keys[row], part, row)
            for part, (rows, order, mask) in enumerate(zip(self.parts, orders, masks, strict=True))
            for row in order[mask[order]][:count].tolist()
        ]
        return np.array([place for _, *place in sorted(firsts)[:count]], np.int64).reshape(-1, 2)

    def read(self, places: Places, fields: Sequence[str] | None) -> list[Record]:
        """Return the records at these places, with the key and these fields."""
        records: list[Record] = [{}] * len(places)
        for part in np.unique(places[:, 0]):
            rows, at = self.parts[part], np.flatnonzero(places[:, 0] == part)
            for index, record in zip(at, rows.read(places[at, 1], fields), strict=True):
                records[index] = record
        return records


def _hide_replaced(newer: Rows, newer_live: Mask, older: Rows, older_live: Mask) -> None:
    """Of two rows with the same key, hide the one that was written first."""
    keys = newer.row_of.keys() & older.row_of.keys()
    in_newer, in_older = _row_numbers(newer, keys), _row_numbers(older, keys)
    # A row in memory that has just been written to a file has the same number in both.
    is_replaced = newer.seqs[in_newer] >= older.seqs[in_older]
    older_live[in_older[is_replaced]] = False
    newer_live[in_newer[~is_replaced]] = False


def _hide_deleted(deletions: Mapping[Any, int], rows: Rows, live: Mask) -> None:
    keys = deletions.keys() & rows.row_of.keys()
    numbers = _row_numbers(rows, keys)
    deleted = np.fromiter((deletions[key] for key in keys), np.int64)
    live[numbers[deleted > rows.seqs[numbers]]] = False


def _row_numbers(rows: Rows, keys: Iterable[Any]) -> NDArray[np.intp]:
    return np.fromiter((rows.row_of[key] for key in keys), np.intp)
