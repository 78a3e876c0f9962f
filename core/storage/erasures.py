"""The erased users of a collection, remembered so that no import brings them back.

Each erasure is a file. Its name is a keyed hash of the user, since the store must not name a user
who was erased.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.records import Record
from core.storage.backends import StorageBackend
from core.storage.documents import find_document, parse_document
from core.storage.pseudonyms import Pseudonyms


class Erasure(Record):
    """An erasure of a user; only the user's latest erasure counts."""

    at: datetime
    sequence: int
    """The sequence number of the request."""

    def covers(self, bought_at: datetime, import_sequence: int) -> bool:
        """Return whether an order line must not be imported.

        In a file that was sent before the erasure, every line is covered; in a later file, every
        line whose purchase is not newer than the erasure.
        """
        return import_sequence < self.sequence or bought_at <= self.at


@dataclass(frozen=True)
class ErasedUsers:
    """The erased users of a collection, as of one moment."""

    erasures: Mapping[str, Erasure]
    """Erasures by the digest of the user."""
    pseudonyms: Pseudonyms

    def find(self, user: str) -> Erasure | None:
        """Return the erasure of a user, or None if the user was never erased."""
        return self.erasures.get(self.pseudonyms.digest_of(user)) if self.erasures else None


class Erasures:
    """The erasures of a collection. Callers hold the collection's lock to change them."""

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._folder = f"{folder}/erasures"
        self._pseudonyms = Pseudonyms(files)

    def record(self, user: str, erasure: Erasure) -> bool:
        """Remember an erasure; return False if this request or a later one is recorded already."""
        path = f"{self._folder}/{self._pseudonyms.digest_of(user)}"
        earlier = find_document(self._files, path, Erasure)
        if earlier is not None and earlier.sequence >= erasure.sequence:
            return False
        self._files.write(path, erasure.model_dump_json().encode())
        return True

    def load(self) -> ErasedUsers:
        """Return all erased users."""
        digests = self._files.list_names(self._folder)
        paths = [f"{self._folder}/{digest}" for digest in digests]
        erasures = {
            digest: parse_document(Erasure, row, path)
            for digest, path, row in zip(digests, paths, self._files.find_all(paths), strict=True)
            if row is not None
        }
        return ErasedUsers(erasures, self._pseudonyms)
