"""A folder as the place of the store. What it has written survives a power cut."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from core.storage.backends.durable_io import (
    append,
    create,
    read_if_there,
    replace_all,
    replacing,
    sync_folder,
    tree,
    walk,
)


class Folder:
    """Files below a folder of this machine; implements `backend.Place`."""

    def __init__(self, root: str) -> None:
        self._root = root
        Path(root).mkdir(parents=True, exist_ok=True)

    def check(self) -> None:  # noqa: D102 - here and below, the words are `Place`'s
        os.listdir(self._root)  # noqa: PTH208

    def read(self, path: str) -> bytes:  # noqa: D102
        with open(self._full(path), "rb", buffering=0) as file:  # noqa: PTH123
            return file.read()

    def find(self, path: str) -> bytes | None:  # noqa: D102
        return read_if_there(self._full(path))

    def find_all(self, paths: Sequence[str]) -> Iterator[bytes | None]:  # noqa: D102
        return map(self.find, paths)

    def read_range(self, path: str, start: int, length: int) -> bytes:  # noqa: D102
        with self.reading(path) as file:
            file.seek(start)
            return file.read(length)

    @contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:  # noqa: D102
        with Path(self._full(path)).open("rb") as file:
            yield file

    def write(self, path: str, data: bytes) -> None:  # noqa: D102
        with self.writing(path) as file:
            file.write(data)

    def write_all(self, files: Iterable[tuple[str, bytes]]) -> None:  # noqa: D102
        replace_all(self._root, ((self._full(path), data) for path, data in files))

    @contextmanager
    def writing(self, path: str) -> Iterator[BinaryIO]:  # noqa: D102
        with replacing(Path(self._full(path))) as file:
            yield file

    def create(self, path: str, data: bytes) -> bool:  # noqa: D102
        return create(Path(self._full(path)), data)

    def append(self, path: str, line: bytes) -> None:  # noqa: D102
        append(Path(self._full(path)), line)

    def lines(self, path: str) -> Iterator[bytes]:  # noqa: D102
        with self.reading(path) as file:
            yield from file

    def delete(self, path: str) -> None:  # noqa: D102
        full = Path(self._full(path))
        try:
            full.unlink()
        except FileNotFoundError:
            return
        sync_folder(full.parent)

    def delete_tree(self, path: str) -> None:  # noqa: D102
        full = Path(self._full(path))
        if not full.is_dir():
            self.delete(path)
            return
        try:
            shutil.rmtree(full)
        except FileNotFoundError:  # another removes it too
            return
        sync_folder(full.parent)

    def exists(self, path: str) -> bool:  # noqa: D102
        return Path(self._full(path)).exists()

    def names(self, path: str) -> Iterable[str]:  # noqa: D102
        full = self._full(path)
        return [entry.name for entry in os.scandir(full)] if Path(full).is_dir() else []

    def walk(self, path: str, after: str) -> Iterator[str]:  # noqa: D102
        return walk(self._full(path), after)

    def tree(self, path: str) -> Iterable[str]:  # noqa: D102
        return tree(self._full(path))

    def changed_at(self, path: str) -> datetime:  # noqa: D102
        return datetime.fromtimestamp(Path(self._full(path)).stat().st_mtime, UTC)

    def free_bytes(self) -> int | None:  # noqa: D102
        return shutil.disk_usage(self._root).free

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"
