"""The statistics that recipes learned from a collection's images: files named by their SHA-256."""

import hashlib
from collections.abc import Collection as AnyCollection
from contextlib import suppress

from core.errors import Conflict
from core.storage.backends import StorageBackend
from core.storage.collection import COLLECTIONS

_SUFFIX = ".npz"


class StatisticsStore:
    """The statistics of a collection. Callers hold the collection's lock while they change them."""

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._folder = f"{folder}/statistics"

    def write(self, data: bytes) -> str:
        """Store statistics; return their SHA-256."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._files.write(self._path(sha256), data)
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return statistics.

        Raises:
            Conflict: their file is missing or damaged.
        """
        data = self._files.find(self._path(sha256))
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            state = "missing from" if data is None else "damaged in"
            raise _lost(f"{self._path(sha256)} is {state} the store")
        return data

    def digests(self) -> list[str]:
        """Return the SHA-256 of all statistics."""
        return [name.removesuffix(_SUFFIX) for name in self._files.list_names(self._folder)]

    def drop_others(self, keep: AnyCollection[str]) -> None:
        """Delete all statistics except these."""
        for sha256 in self.digests():
            if sha256 not in keep:
                self._files.delete(self._path(sha256))

    def is_sound(self, sha256: str) -> bool:
        """Return whether the file of these statistics is there and undamaged."""
        with suppress(Conflict):
            return bool(self.read(sha256))
        return False

    def _path(self, sha256: str) -> str:
        return f"{self._folder}/{sha256}{_SUFFIX}"


def find_statistics(files: StorageBackend, sha256: str) -> bytes:
    """Return statistics, whichever collection they belong to.

    Raises:
        Conflict: no collection has a sound file of them.
    """
    for name in files.list_names(COLLECTIONS):
        with suppress(Conflict):
            return StatisticsStore(files, f"{COLLECTIONS}/{name}").read(sha256)
    raise _lost(f"no collection has a sound file statistics/{sha256}{_SUFFIX}")


def _lost(what: str) -> Conflict:
    return Conflict(
        f"{what}, which the vectors of the collection were made with, so that no image can be "
        "compared with them; restore this file from a backup, or run `lookalike rebuild`"
    )
