"""The sequence numbers that requests may have used, so that later requests get larger ones."""

from collections.abc import Callable

from core.records import Record
from core.storage.backends import StorageBackend
from core.storage.documents import find_document

_PATH = "sequence.json"
_RESERVED = 600 * 1_000_000
"""How many numbers are reserved at once: those of ten minutes, since numbers are microseconds."""


class Reservation(Record):
    """The end of the numbers that are reserved."""

    end: int


class ReservedNumbers:
    """The sequence numbers reserved in a store."""

    def __init__(self, files: StorageBackend) -> None:
        self._files = files

    def reserve(self, first: int, check: Callable[[], None]) -> range:
        """Reserve numbers, none of which is below `first` or was reserved before.

        Callers hold a lock; `check` is called right before the reservation takes effect.
        """
        earlier = find_document(self._files, _PATH, Reservation)
        start = max(first, earlier.end) if earlier else first
        numbers = range(start, start + _RESERVED)
        document = Reservation(end=numbers.stop).model_dump_json().encode()
        self._files.write_all([(_PATH, document)], check)
        return numbers
