"""Files of the store by relative path: below a folder, or in a bucket of S3, as its URL says.

What `write` has returned from survives a power cut: on a local disk the file and its folder are
synced; a bucket has it before it answers.
"""

import errno
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from core.errors import InvalidInput, NotFound, StorageFull, Unavailable
from core.storage.backends.backend import Place
from core.storage.backends.local import Folder

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class Files:
    """A tree of files under one URL.

    Every method raises `StorageFull` or `Unavailable` when the place does not take or give.
    """

    def __init__(self, url: str) -> None:
        with _translated("the store"):
            self._place = _place_at(url)

    def check(self) -> None:
        """See that the store can be used.

        Raises:
            Unavailable: it cannot, with what is wrong.
        """
        with _translated("the store"):
            self._place.check()

    def read(self, path: str) -> bytes:
        """The whole file.

        Raises:
            NotFound: there is none.
        """
        with _translated(path):
            return self._place.read(path)

    def find(self, path: str) -> bytes | None:
        """The whole file, or None; cheap also if it is not there."""
        with _translated(path):
            return self._place.find(path)

    def find_all(self, paths: Sequence[str]) -> Iterator[bytes | None]:
        """Each of many files, or None, in the order of their paths; cheaper than one by one."""
        with _translated("files"):
            yield from self._place.find_all(paths)

    def read_range(self, path: str, start: int, length: int) -> bytes:
        """`length` bytes from `start`, fewer at the end of the file."""
        with _translated(path):
            return self._place.read_range(path, start, length)

    @contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        """Open a file for reading at any place."""
        with _translated(path), self._place.reading(path) as file:
            yield file

    def write(self, path: str, data: bytes) -> None:
        """Put a file there whole, or not at all."""
        with _translated(path):
            self._place.write(path, data)

    def write_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put many files there, each whole or not at all; cheaper than one by one."""
        with _translated("files"):
            self._place.write_all(files)

    @contextmanager
    def writing(self, path: str) -> Iterator[BinaryIO]:
        """Open a file for writing; it appears under its name, synced, when the block ends well."""
        with _translated(path), self._place.writing(path) as file:
            yield file

    def create(self, path: str, data: bytes) -> bool:
        """Put a file there unless there is one; of several that try at once, one is told True.

        No two may bring the same `data`.
        """
        with _translated(path):
            return self._place.create(path, data)

    def append(self, path: str, line: bytes) -> None:
        """Add a line to a log, synced; in a bucket, where files are written whole, each is one."""
        with _translated(path):
            self._place.append(path, line)

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a log in the order they were added, each with its newline.

        Raises:
            NotFound: there is none.
        """
        with _translated(path):
            yield from self._place.lines(path)

    def delete(self, path: str) -> None:
        """Remove a file if it is there."""
        with _translated(path):
            self._place.delete(path)

    def delete_tree(self, path: str) -> None:
        """Remove a folder and all below it, if it is there."""
        with _translated(path):
            self._place.delete_tree(path)

    def exists(self, path: str) -> bool:
        """Whether a file is there."""
        with _translated(path):
            return self._place.exists(path)

    def names(self, path: str) -> list[str]:
        """Names in a folder, sorted; none if there is no folder."""
        with _translated(path):
            return sorted(n for n in self._place.names(path) if not n.startswith("."))

    def walk(self, path: str, *, after: str = "") -> Iterator[str]:
        """Paths within a folder of all files below it, sorted, from the first beyond `after`.

        What is beyond is looked for as it is asked for, so the first come soon.
        """
        with _translated(path):
            yield from self._place.walk(path, after)

    def tree(self, path: str) -> list[str]:
        """All that `walk` gives, in any order; sooner than by it where there is much."""
        with _translated(path):
            return list(self._place.tree(path))

    def changed_at(self, path: str) -> datetime:
        """When a file, or something in a folder, was last written.

        Raises:
            NotFound: there is none.
        """
        with _translated(path):
            return self._place.changed_at(path)

    def free_bytes(self) -> int | None:
        """Room left on the disk; None where that has no meaning."""
        return self._place.free_bytes()


def _place_at(url: str) -> Place:
    parts = urlsplit(url)
    if parts.scheme == "s3":
        from core.storage.backends.s3 import (
            Bucket,  # a third of a second, which a folder need not wait
        )

        return Bucket(url)
    if parts.scheme not in {"", "file"}:
        raise InvalidInput(
            f"LOOKALIKE_STORE_URL: the store cannot be at {parts.scheme}://; "
            "a folder (file:///srv/store) or a bucket (s3://bucket/prefix) it can"
        )
    return Folder(unquote(parts.path) if parts.scheme else url)


@contextmanager
def _translated(path: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise NotFound(f"{path} is not in the store") from exc
    except OSError as exc:
        if exc.errno in _NO_ROOM:
            raise StorageFull("the store's disk is full; free some space and try again") from exc
        raise Unavailable(f"the store cannot be used: {exc.strerror or exc}") from exc
