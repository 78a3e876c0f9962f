"""Storage backend on a local folder."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from typing_extensions import override

from core.errors import StorageFull, Unavailable
from core.storage.backends import durable_io
from core.storage.backends.backend import StorageBackend, not_found

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_MISSING = (FileNotFoundError, NotADirectoryError)


@contextmanager
def _translate_errors(path: str = "the store's folder") -> Iterator[None]:
    """Translate the operating system's errors into `CoreError`s; also a decorator."""
    try:
        yield
    except _MISSING as exc:
        raise not_found(path) from exc
    except OSError as exc:
        if exc.errno in _DISK_FULL:
            raise StorageFull("the store's disk is full; free some space and retry") from exc
        raise Unavailable(f"the store cannot be used: {exc.strerror or exc}") from exc


class LocalBackend(StorageBackend):
    """Files below a folder on this machine."""

    @_translate_errors()
    def __init__(self, root: str) -> None:
        self._root = root
        Path(root).mkdir(parents=True, exist_ok=True)

    @override
    @_translate_errors()
    def check(self) -> None:
        os.listdir(self._root)  # noqa: PTH208

    @override
    @_translate_errors()
    def find(self, path: str) -> bytes | None:
        try:
            with open(self._full(path), "rb", buffering=0) as file:  # noqa: PTH123 - hot path
                return file.read()
        except _MISSING:
            return None

    @override
    def read_range(self, path: str, start: int, length: int) -> bytes:
        with self.open_read(path) as file:
            file.seek(start)
            return file.read(length)

    @override
    @contextmanager
    def open_read(self, path: str) -> Iterator[BinaryIO]:
        with _translate_errors(path), Path(self._full(path)).open("rb") as file:
            yield file

    @override
    def write(self, path: str, data: bytes) -> None:
        with self.open_write(path) as file:
            file.write(data)

    @override
    @_translate_errors()
    def write_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        durable_io.replace_all(self._root, ((self._full(path), data) for path, data in files))

    @override
    @contextmanager
    def open_write(self, path: str) -> Iterator[BinaryIO]:
        with _translate_errors(path), durable_io.replace(Path(self._full(path))) as file:
            yield file

    @override
    @_translate_errors()
    def create(self, path: str, data: bytes) -> bool:
        return durable_io.create(Path(self._full(path)), data)

    @override
    @_translate_errors()
    def append(self, path: str, line: bytes) -> None:
        durable_io.append(Path(self._full(path)), line)

    @override
    def read_lines(self, path: str) -> Iterator[bytes]:
        with self.open_read(path) as file:
            yield from file

    @override
    @_translate_errors()
    def delete(self, path: str) -> None:
        full = Path(self._full(path))
        with suppress(*_MISSING):
            full.unlink()
            durable_io.sync_folder(full.parent)

    @override
    @_translate_errors()
    def delete_tree(self, path: str) -> None:
        full = Path(self._full(path))
        if not full.is_dir():
            self.delete(path)
            return
        with suppress(FileNotFoundError):  # another process is deleting the folder, too
            shutil.rmtree(full)
            durable_io.sync_folder(full.parent)

    @override
    @_translate_errors()
    def exists(self, path: str) -> bool:
        return Path(self._full(path)).exists()

    @override
    @_translate_errors()
    def list_names(self, path: str) -> list[str]:
        full = Path(self._full(path))
        names = os.listdir(full) if full.is_dir() else []  # noqa: PTH208
        return sorted(name for name in names if not name.startswith("."))

    @override
    def walk(self, path: str, *, after: str = "") -> Iterator[str]:
        with _translate_errors(path):
            yield from durable_io.walk(self._full(path), after)

    @override
    @_translate_errors()
    def list_tree(self, path: str) -> list[str]:
        return durable_io.tree(self._full(path))

    @override
    def modified_at(self, path: str) -> datetime:
        with _translate_errors(path):
            return datetime.fromtimestamp(Path(self._full(path)).stat().st_mtime, UTC)

    @override
    @_translate_errors()
    def free_bytes(self) -> int | None:
        return shutil.disk_usage(self._root).free

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"
