"""The imported sales of a collection, in a folder for each upload.

An upload counts once its `report.json` exists, which is written last.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, BinaryIO

from core.errors import NotFound
from core.records import Record
from core.storage.backends import StorageBackend

ORDER_LINES, REJECTS = "order-lines.parquet", "rejects.csv"


class SalesUpload(Record):
    """An imported sales file."""

    id: str
    filename: str
    imported_at: datetime
    digest: str = ""
    """SHA-256 of the file; empty once a user has been erased from it."""
    report: dict[str, Any]


class SalesStore:
    """The sales uploads of a collection. Callers hold the collection's lock to change them."""

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._folder = f"{folder}/sales"

    def uploads(self) -> list[SalesUpload]:
        """Return all uploads, oldest first."""
        uploads = map(self.find, self._files.list_names(self._folder))
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
        row = self._files.find(self._path(upload_id, "report.json"))
        return SalesUpload.model_validate_json(row) if row else None

    def put(self, upload: SalesUpload) -> None:
        """Mark an upload as complete."""
        self._files.write(self._path(upload.id, "report.json"), upload.model_dump_json().encode())

    def remove(self, upload_id: str) -> None:
        """Delete an upload."""
        self._files.delete(self._path(upload_id, "report.json"))
        self._files.delete_tree(f"{self._folder}/{upload_id}")

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

    def _path(self, upload_id: str, name: str) -> str:
        return f"{self._folder}/{upload_id}/{name}"
