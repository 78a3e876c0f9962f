"""The imported sales of a collection, in a folder for each upload.

An upload counts only once its `report.json` exists, because this file is written last.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, BinaryIO

from pydantic import Field

from core.errors import NotFound
from core.records import Record
from core.storage.backends import StorageBackend
from core.storage.documents import find_document

ORDER_LINES, REJECTS, REPORT = "order-lines.parquet", "rejects.csv", "report.json"


class SalesUpload(Record):
    """An imported sales file."""

    id: str
    filename: str
    imported_at: datetime
    sequence: int
    """The sequence number of the import job."""
    digest: str = ""
    """SHA-256 of the file; empty once a user has been erased from it."""
    report: dict[str, Any] = Field(default_factory=dict)


class SalesDeletion(Record):
    """The last deletion of all sales."""

    sequence: int = 0
    """The sequence number of its job; imports with smaller numbers must not end any more."""


class SalesStore:
    """The sales uploads of a collection. Callers hold the collection's lock to change them."""

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._folder = f"{folder}/sales"
        self._deletion = f"{folder}/sales-deletion.json"

    def ids(self) -> list[str]:
        """Return the ids of all uploads, including those whose import has not ended."""
        return self._files.list_names(self._folder)

    def uploads(self) -> list[SalesUpload]:
        """Return all uploads, oldest first."""
        uploads = map(self.find, self.ids())
        return sorted(filter(None, uploads), key=lambda upload: (upload.imported_at, upload.id))

    def upload(self, upload_id: str) -> SalesUpload:
        """Return an upload.

        Raises:
            NotFound: no upload has this id.
        """
        if (upload := self.find(upload_id)) is None:
            raise NotFound(f"sales upload {upload_id[:80]!r} does not exist in this collection")
        return upload

    def find(self, upload_id: str) -> SalesUpload | None:
        """Return an upload, or None if it does not exist."""
        return find_document(self._files, self._path(upload_id, REPORT), SalesUpload)

    def put(self, upload: SalesUpload) -> None:
        """Mark an upload as complete."""
        self._files.write(self._path(upload.id, REPORT), upload.model_dump_json().encode())

    def remove(self, upload_id: str) -> None:
        """Delete an upload."""
        self._files.delete(self._path(upload_id, REPORT))
        self._files.delete_tree(f"{self._folder}/{upload_id}")

    def forbid_before(self, sequence: int) -> None:
        """Forbid all imports that were requested before the deletion of all sales."""
        deletion = SalesDeletion(sequence=max(sequence, self._last_deletion().sequence))
        self._files.write(self._deletion, deletion.model_dump_json().encode())

    def allows(self, sequence: int) -> bool:
        """Return whether the import with this sequence number may add its order lines."""
        return sequence >= self._last_deletion().sequence

    def remove_leftovers(self, upload_id: str) -> None:
        """Delete an upload's temporary files that a process left behind when it died."""
        self._files.remove_leftovers(f"{self._folder}/{upload_id}")

    def exists(self, upload_id: str, name: str) -> bool:
        """Return whether an upload has this file."""
        return self._files.exists(self._path(upload_id, name))

    def open_write(self, upload_id: str, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file of an upload, `ORDER_LINES` or `REJECTS`, for writing."""
        return self._files.open_write(self._path(upload_id, name))

    def open_read(self, upload_id: str, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file of an upload for reading."""
        return self._files.open_read(self._path(upload_id, name))

    @contextmanager
    def replace(self, upload_id: str, name: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        """Open a file of an upload for reading, and its replacement for writing."""
        with self.open_read(upload_id, name) as old, self.open_write(upload_id, name) as new:
            yield old, new

    def _last_deletion(self) -> SalesDeletion:
        return find_document(self._files, self._deletion, SalesDeletion) or SalesDeletion()

    def _path(self, upload_id: str, name: str) -> str:
        return f"{self._folder}/{upload_id}/{name}"
