"""The interface of a storage backend, which stores files by relative paths like `folder/name`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import BinaryIO

from core.errors import NotFound


def no_check() -> None:
    """Allow every write."""


class StorageBackend(ABC):
    """Files below a local folder or in an S3 bucket.

    Writes are atomic and durable: a file appears whole or not at all, and once a method has
    returned, the file survives a power cut. Methods that read a file or its time raise `NotFound`
    if the file does not exist. All methods raise `Unavailable` if the backend cannot be used, and
    `StorageFull` if it is full.
    """

    @abstractmethod
    def check(self) -> None:
        """Check that the store can be read and written.

        Raises:
            Unavailable: the store cannot be used; the message says why.
            StorageFull: the store is full, or has no inodes left.
        """

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
        if (data := self.find(path)) is None:
            raise not_found(path)
        return data

    @abstractmethod
    def find(self, path: str) -> bytes | None:
        """Return the content of a file, or None if it does not exist."""

    def find_all(self, paths: Sequence[str]) -> Iterator[bytes | None]:
        """Yield the content of each file (None if it is missing), in the order of the paths."""
        return map(self.find, paths)

    @abstractmethod
    def read_range(self, path: str, start: int, length: int) -> bytes:
        """Return `length` bytes from `start` on, or fewer at the end of the file."""

    @abstractmethod
    def open_read(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for reading, with random access."""

    @abstractmethod
    def write(self, path: str, data: bytes) -> None:
        """Create or replace a file."""

    @abstractmethod
    def write_all(
        self, files: Iterable[tuple[str, bytes]], check: Callable[[], None] = no_check
    ) -> None:
        """Create or replace many files; this is cheaper than one `write` per file.

        `check` is called right before each file appears; if it raises, no further file appears.
        """

    @abstractmethod
    def open_write(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for writing; the file appears once the block ends without an exception."""

    @abstractmethod
    def create(self, path: str, data: bytes) -> bool:
        """Create a file if it does not exist; of concurrent calls, exactly one returns True.

        The `data` of each call must be unique, because the call recognises its own file by its
        content.
        """

    @abstractmethod
    def append(self, path: str, line: bytes) -> None:
        """Append a line to a log."""

    @abstractmethod
    def read_lines(self, path: str) -> Iterator[bytes]:
        """Yield the lines of a log, with their newlines, in the order they were appended."""

    @abstractmethod
    def delete(self, path: str) -> None:
        """Delete a file if it exists."""

    @abstractmethod
    def delete_tree(self, path: str) -> None:
        """Delete a file, or a folder with everything below it, if it exists."""

    @abstractmethod
    def exists(self, path: str) -> bool:
        """Return whether a file exists."""

    @abstractmethod
    def list_names(self, path: str) -> list[str]:
        """Return the sorted names in a folder, except hidden ones; [] for a missing folder."""

    @abstractmethod
    def walk(self, path: str, *, after: str = "") -> Iterator[str]:
        """Yield the relative paths of the files below a folder, sorted; skip all up to `after`.

        The listing is lazy: the first paths arrive early.
        """

    @abstractmethod
    def list_tree(self, path: str) -> list[str]:
        """Return the same paths as `walk`, in any order; this is faster for large folders."""

    @abstractmethod
    def modified_at(self, path: str) -> datetime:
        """Return when a file, or any file in a folder, was last written."""

    @abstractmethod
    def remove_leftovers(self, path: str, *, before: datetime | None = None) -> list[str]:
        """Remove the temporary files that a crash has left below a folder; return their names.

        With `before`, files last written after that time are kept. Without `before`, no other
        process may be writing into the folder.
        """

    def free_bytes(self) -> int | None:
        """Return the free disk space; None where it is unknown."""
        return None


def not_found(path: str) -> NotFound:
    """Return the error for a file that does not exist."""
    return NotFound(f"{path} is not in the store")
