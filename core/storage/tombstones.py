"""The tombstones of a collection: the sequence numbers of deletions, by the key of the item.

They prevent older uploads that are still running, or are retried later, from restoring the items.
A tombstone counts only while its item does not exist.
"""

from collections.abc import Callable, Sequence

from core.storage.backends import StorageBackend


class Tombstones:
    """The tombstones of a collection."""

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._folder = f"{folder}/tombstones"

    def put(self, key: str, sequence: int, check: Callable[[], None]) -> None:
        """Record a deletion; `check` is called right before it takes effect."""
        self._files.write_all([(f"{self._folder}/{key}", str(sequence).encode())], check)

    def find(self, keys: Sequence[str]) -> dict[str, int]:
        """Return the sequence numbers of the deletions of these keys."""
        rows = self._files.find_all([f"{self._folder}/{key}" for key in keys])
        return {key: int(row) for key, row in zip(keys, rows, strict=True) if row}

    def before(self, sequence: int, keys: Sequence[str] | None = None) -> list[str]:
        """Return which of these keys (default: all) were deleted before this sequence number."""
        names = self._files.list_names(self._folder) if keys is None else keys
        return [key for key, deletion in self.find(names).items() if deletion < sequence]

    def drop(self, key: str) -> None:
        """Forget a deletion."""
        self._files.delete(f"{self._folder}/{key}")
