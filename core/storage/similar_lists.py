"""The lists of similar items of a collection: one file, and a document that names it."""

from core.records import Record
from core.storage.backends import StorageBackend
from core.storage.documents import find_derived


class SimilarVersion(Record):
    """A version of the lists, and the vector index that it was computed from."""

    id: str
    index: str


class SimilarListStore:
    """The current lists; a new version replaces them as a whole.

    Callers hold the lock for these lists while they change them.
    """

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._folder = f"{folder}/similar"

    def version(self) -> SimilarVersion | None:
        """Return the current version, or None if there is none or its document is damaged."""
        path, remedy = f"{self._folder}/current.json", "similar lists will be computed again"
        return find_derived(self._files, path, SimilarVersion, remedy)

    def read(self, version: SimilarVersion) -> bytes | None:
        """Return the lists of a version, or None if their file is missing."""
        return self._files.find(self._path(version))

    def write(self, version: SimilarVersion, data: bytes) -> None:
        """Write lists beside the current ones, then make them current; delete all others."""
        self._files.write(self._path(version), data)
        self._files.write(f"{self._folder}/current.json", version.model_dump_json().encode())
        for name in self._files.list_names(self._folder):
            if name not in {"current.json", f"{version.id}.npz"}:
                self._files.delete(f"{self._folder}/{name}")

    def _path(self, version: SimilarVersion) -> str:
        return f"{self._folder}/{version.id}.npz"
