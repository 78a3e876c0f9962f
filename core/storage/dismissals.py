"""The dismissals of a collection: one document, which no job can make again."""

from collections.abc import Iterable

from core.dismissals import Dismissal, Dismissals
from core.errors import Conflict, NotFound
from core.storage.backends import StorageBackend
from core.storage.documents import find_document

MAX_DISMISSALS = 10_000


class DismissalStore:
    """What a shop has accepted. Callers hold the collection's lock to change it."""

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._path = f"{folder}/dismissals.json"

    def read(self) -> Dismissals:
        """Return all dismissals."""
        return find_document(self._files, self._path, Dismissals) or Dismissals()

    def add(self, dismissal: Dismissal) -> None:
        """Add a dismissal, or replace the one with the same ID.

        Raises:
            Conflict: there are too many.
        """
        others = [entry for entry in self.read().entries if entry.id != dismissal.id]
        if len(others) >= MAX_DISMISSALS:
            raise Conflict(f"a collection has at most {MAX_DISMISSALS:,} dismissals; delete some")
        self._write([*others, dismissal])

    def remove(self, id: str) -> None:
        """Take a dismissal back.

        Raises:
            NotFound: there is no such dismissal.
        """
        entries = self.read().entries
        others = [entry for entry in entries if entry.id != id]
        if len(others) == len(entries):
            raise NotFound(f"there is no dismissal {id[:80]!r}")
        self._write(others)

    def _write(self, entries: Iterable[Dismissal]) -> None:
        text = Dismissals(entries=tuple(entries)).model_dump_json()
        self._files.write(self._path, text.encode())
