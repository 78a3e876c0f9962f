"""The availabilities of a collection's items: a snapshot, and the batches that came after it.

Availability belongs to a SKU, not to the item's document, so that a hundred thousand changes are
one small file. Each state keeps the sequence number of the request that set it, and an older
request never overwrites it. A deleted item keeps its availability, in case it is uploaded again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pydantic import Field

from core.domain import Availability
from core.records import Record
from core.storage.backends import StorageBackend
from core.storage.documents import find_document, parse_document

MAX_BATCHES = 20
_Versioned = tuple[Availability, int]


class _Batch(Record):
    """What one request changes."""

    sequence: int
    states: dict[str, Availability]


class _Snapshot(Record):
    """All states up to a batch, each with the sequence number of its request."""

    through: int = 0
    states: dict[str, _Versioned] = Field(default_factory=dict)


@dataclass(frozen=True)
class Availabilities:
    """The states of all SKUs that were ever set, and the version, which grows with each change."""

    version: int
    states: Mapping[str, Availability]


class AvailabilityStore:
    """The availabilities of a collection."""

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._folder = f"{folder}/availability"

    def version(self) -> int:
        """Return the version without reading any states; 0 if none was ever set."""
        if batches := self._batches():
            return batches[-1]
        snapshot = find_document(self._files, self._snapshot_path, _Snapshot)
        return snapshot.through if snapshot else 0

    def read(self) -> Availabilities:
        """Return the current states."""
        snapshot, _ = self._fold()
        return Availabilities(snapshot.through, {s: row[0] for s, row in snapshot.states.items()})

    def unavailable(self, skus: Iterable[str]) -> dict[str, Availability]:
        """Return the states of those items that are not in stock."""
        states = self.read().states
        known = {sku: states[sku] for sku in skus if sku in states}
        return {sku: state for sku, state in known.items() if state is not Availability.IN_STOCK}

    def change(
        self, states: Mapping[str, Availability], sequence: int, check: Callable[[], None]
    ) -> tuple[Availabilities, int]:
        """Set states, except what later requests have set; return the new ones and their version.

        Also return how many states changed. Callers hold the collection's lock; `check` is called
        right before each change takes effect.
        """
        before, batches = self._fold()
        version = before.through + 1
        after = _apply(before, version, _Batch(sequence=sequence, states=dict(states)))
        current = {sku: after.states[sku][0] for sku in states}
        changed = sum(_state(before, sku) is not state for sku, state in current.items())
        if any(before.states.get(sku) != after.states[sku] for sku in states):
            self._write(version, sequence, states, check)
            if len(batches) >= MAX_BATCHES:
                self._write_snapshot(after, [*batches, version], check)
        else:
            version = before.through
        return Availabilities(version, current), changed

    def _write(
        self,
        version: int,
        sequence: int,
        states: Mapping[str, Availability],
        check: Callable[[], None],
    ) -> None:
        batch = _Batch(sequence=sequence, states=dict(states))
        self._files.write_all([(self._path(version), batch.model_dump_json().encode())], check)

    def _write_snapshot(
        self, snapshot: _Snapshot, batches: Iterable[int], check: Callable[[], None]
    ) -> None:
        document = snapshot.model_dump_json().encode()
        self._files.write_all([(self._snapshot_path, document)], check)
        for number in batches:  # after a crash, batches that remain are part of the snapshot
            self._files.delete(self._path(number))

    def _fold(self) -> tuple[_Snapshot, list[int]]:
        """Return the snapshot with all batches applied, and their numbers."""
        while True:
            numbers = self._batches()
            snapshot = find_document(self._files, self._snapshot_path, _Snapshot) or _Snapshot()
            for number in [number for number in numbers if number > snapshot.through]:
                document = self._files.find(self._path(number))
                if document is None:
                    break  # somebody has written a new snapshot since
                batch = parse_document(_Batch, document, self._path(number))
                snapshot = _apply(snapshot, number, batch)
            else:
                return snapshot, numbers

    def _batches(self) -> list[int]:
        names = self._files.list_names(self._folder)
        return sorted(int(name.partition(".")[0]) for name in names if name[:1].isdigit())

    @property
    def _snapshot_path(self) -> str:
        return f"{self._folder}/snapshot.json"

    def _path(self, version: int) -> str:
        return f"{self._folder}/{version:012d}.json"


def _apply(snapshot: _Snapshot, number: int, batch: _Batch) -> _Snapshot:
    known = snapshot.states
    newer = {
        sku: (state, batch.sequence)
        for sku, state in batch.states.items()
        if sku not in known or known[sku][1] <= batch.sequence
    }
    return _Snapshot(through=number, states={**known, **newer})


def _state(snapshot: _Snapshot, sku: str) -> Availability:
    return snapshot.states.get(sku, (Availability.IN_STOCK, 0))[0]
