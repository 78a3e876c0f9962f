"""What a place for files must do: a folder does it, and a bucket of S3.

Paths are relative, with `/`. Errors are the system's own, told as `OSError`, or one of ours.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import BinaryIO, Protocol


class Place(Protocol):
    """Files by their paths. Whatever writes returns once it is kept, and leaves no halves."""

    def check(self) -> None:
        """Raises where it cannot be used."""

    def read(self, path: str) -> bytes:
        """The whole file."""

    def find(self, path: str) -> bytes | None:
        """The whole file, or None; cheap also if it is not there."""

    def find_all(self, paths: Sequence[str]) -> Iterator[bytes | None]:
        """Each of many files, or None, in the order of their paths."""

    def read_range(self, path: str, start: int, length: int) -> bytes:
        """`length` bytes from `start`, fewer at the end of the file."""

    def reading(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for reading at any place."""

    def write(self, path: str, data: bytes) -> None:
        """Put a file there, or into another's place."""

    def write_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put many files there."""

    def writing(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for writing; it is there when the block ends well, else nothing is."""

    def create(self, path: str, data: bytes) -> bool:
        """Put a file there if there is none; of several that try at once, one is told True.

        No two may bring the same `data`: whose it is, is told by that.
        """

    def append(self, path: str, line: bytes) -> None:
        """Add a line to a log."""

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a log, in the order they were added, each with its newline."""

    def delete(self, path: str) -> None:
        """Remove a file if it is there."""

    def delete_tree(self, path: str) -> None:
        """Remove a file or a folder and all below it, if it is there."""

    def exists(self, path: str) -> bool:
        """Whether a file is there."""

    def names(self, path: str) -> Iterable[str]:
        """Names in a folder, in any order; none if there is no folder."""

    def walk(self, path: str, after: str) -> Iterator[str]:
        """Paths within a folder of all files below it, sorted, from the first beyond `after`."""

    def tree(self, path: str) -> Iterable[str]:
        """All that `walk` gives, in any order, and as fast as can be."""

    def changed_at(self, path: str) -> datetime:
        """When a file, or something in a folder, was last written."""

    def free_bytes(self) -> int | None:
        """Room left; None where nobody can say."""
