"""Files of the store by relative path, on fsspec: a folder now, any file system by its URL.

What `write` has returned from survives a power cut: on a local disk the file and its folder are
synced; elsewhere the file system's own promise holds.
"""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import fsspec  # type: ignore[import-untyped]
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]

from core.errors import NotFound, StorageFull, Unavailable
from core.store.local import append, read_if_there, replace_all, replacing, sync_folder

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class Files:
    """A tree of files under one URL.

    Every method raises `StorageFull` or `Unavailable` when the disk does not take or give.
    """

    def __init__(self, url: str) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(url)
        self._local = isinstance(self._fs, LocalFileSystem)
        with _translated(url):
            self._fs.makedirs(self._root, exist_ok=True)

    def read(self, path: str) -> bytes:
        """The whole file.

        Raises:
            NotFound: there is none.
        """
        with _translated(path):
            return cast("bytes", self._fs.cat_file(self._full(path)))

    def find(self, path: str) -> bytes | None:
        """The whole file, or None; cheap also if it is not there."""
        if not self._local:
            try:
                return self.read(path)
            except NotFound:
                return None
        with _translated(path):
            return read_if_there(self._full(path))

    def read_range(self, path: str, start: int, length: int) -> bytes:
        """`length` bytes from `start`, fewer at the end of the file."""
        with _translated(path):
            return cast(
                "bytes", self._fs.cat_file(self._full(path), start=start, end=start + length)
            )

    @contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        """Open a file for reading at any place."""
        with _translated(path), self._fs.open(self._full(path), "rb") as file:
            yield cast("BinaryIO", file)

    def write(self, path: str, data: bytes) -> None:
        """Put a file there whole, or not at all."""
        with self.writing(path) as file:
            file.write(data)

    def write_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put many files there, each whole or not at all; cheaper than one by one."""
        if not self._local:
            for path, data in files:
                self.write(path, data)
            return
        with _translated("files"):
            replace_all(self._root, ((self._full(path), data) for path, data in files))

    @contextmanager
    def writing(self, path: str) -> Iterator[BinaryIO]:
        """Open a file for writing; it appears under its name, synced, when the block ends well."""
        full = self._full(path)
        if not self._local:
            with _translated(path), self._fs.open(full, "wb") as file:
                yield cast("BinaryIO", file)
            return
        with _translated(path), replacing(Path(full)) as local:
            yield local

    def append(self, path: str, line: bytes) -> None:
        """Add a line to a file, synced; where files are only written whole, it is one below it."""
        if not self._local:
            self.write(f"{path}/{time.time_ns()}-{secrets.token_hex(4)}", line)
            return
        with _translated(path):
            append(Path(self._full(path)), line)

    def delete(self, path: str) -> None:
        """Remove a file if it is there."""
        with _translated(path):
            try:
                self._fs.rm_file(self._full(path))
            except FileNotFoundError:
                return
            self._sync_folder(path)

    def delete_tree(self, path: str) -> None:
        """Remove a folder and all below it, if it is there."""
        with _translated(path):
            try:
                self._fs.rm(self._full(path), recursive=True)
            except FileNotFoundError:
                return
            self._sync_folder(path)

    def exists(self, path: str) -> bool:
        """Whether a file is there."""
        with _translated(path):
            return bool(self._fs.exists(self._full(path)))

    def names(self, path: str) -> list[str]:
        """Names in a folder, sorted; none if there is no folder."""
        with _translated(path):
            full = self._full(path)
            if self._local:  # ls() would stat every file
                found = [e.name for e in os.scandir(full)] if Path(full).is_dir() else []
            else:
                found = [n.rsplit("/", 1)[-1] for n in self._ls(full)]
        return sorted(name for name in found if not name.startswith("."))

    def changed_at(self, path: str) -> datetime:
        """When a file or folder was last written.

        Raises:
            NotFound: there is none.
        """
        with _translated(path):
            when: datetime = self._fs.modified(self._full(path))
            return when.astimezone(UTC)

    def free_bytes(self) -> int | None:
        """Room left on the disk; None where that has no meaning."""
        return shutil.disk_usage(self._root).free if self._local else None

    def _ls(self, full: str) -> list[str]:
        try:
            return cast("list[str]", self._fs.ls(full, detail=False))
        except FileNotFoundError:
            return []

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _sync_folder(self, path: str) -> None:
        if self._local:
            sync_folder(Path(self._full(path)).parent)


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
