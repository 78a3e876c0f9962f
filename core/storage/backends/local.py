"""Storage backend on a local folder."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from typing_extensions import override

from core.errors import CoreError, StorageFull, Unavailable
from core.storage.backends import durable_io
from core.storage.backends.backend import StorageBackend, no_check
from core.storage.backends.local_file import (
    MISSING,
    make_folder,
    open_file,
    to_core_error,
    translated_errors,
)


class LocalBackend(StorageBackend):
    """Files below a folder on this machine."""

    def __init__(self, root: str) -> None:
        self._root = root
        try:
            make_folder(Path(root))
        except OSError as exc:
            raise _cannot_be_created(root, exc) from exc

    @override
    @translated_errors()
    def check(self) -> None:
        try:
            with tempfile.TemporaryFile(dir=self._root, buffering=0) as probe:
                probe.write(b"x")
        except MISSING as exc:
            detail = "the store's folder does not exist any more; check that its disk is mounted"
            raise Unavailable(detail) from exc

    @override
    @translated_errors()
    def find(self, path: str) -> bytes | None:
        try:
            with open(self._full(path), "rb", buffering=0) as file:  # noqa: PTH123 - hot path
                return file.read()
        except MISSING:
            return None

    @override
    def read_range(self, path: str, start: int, length: int) -> bytes:
        with self.open_read(path) as file:
            file.seek(start)
            return file.read(length)

    @override
    @contextmanager
    def open_read(self, path: str) -> Iterator[BinaryIO]:
        with translated_errors(path):
            file = open_file(self._full(path), "rb")
        with file:
            yield file

    @override
    def write(self, path: str, data: bytes) -> None:
        with self.open_write(path) as file:
            file.write(data)

    @override
    @translated_errors()
    def write_all(
        self, files: Iterable[tuple[str, bytes]], check: Callable[[], None] = no_check
    ) -> None:
        full = ((self._full(path), data) for path, data in files)
        durable_io.replace_all(self._root, full, check)

    @override
    @contextmanager
    def open_write(self, path: str) -> Iterator[BinaryIO]:
        with ExitStack() as stack:
            with translated_errors(path):
                file = stack.enter_context(durable_io.replace(Path(self._full(path))))
            yield file
            with translated_errors(path):
                stack.close()

    @override
    @translated_errors()
    def create(self, path: str, data: bytes) -> bool:
        return durable_io.create(Path(self._full(path)), data)

    @override
    @translated_errors()
    def append(self, path: str, line: bytes) -> None:
        durable_io.append(Path(self._full(path)), line)

    @override
    def read_lines(self, path: str) -> Iterator[bytes]:
        with self.open_read(path) as file:
            yield from file

    @override
    @translated_errors()
    def delete(self, path: str) -> None:
        full = Path(self._full(path))
        with suppress(*MISSING):
            full.unlink()
            durable_io.sync_folder(full.parent)

    @override
    @translated_errors()
    def delete_tree(self, path: str) -> None:
        full = Path(self._full(path))
        if not full.is_dir():
            self.delete(path)
            return
        with suppress(FileNotFoundError):  # another process is deleting the folder, too
            shutil.rmtree(full)
            durable_io.sync_folder(full.parent)

    @override
    @translated_errors()
    def exists(self, path: str) -> bool:
        return Path(self._full(path)).exists()

    @override
    @translated_errors()
    def list_names(self, path: str) -> list[str]:
        full = Path(self._full(path))
        names = os.listdir(full) if full.is_dir() else []  # noqa: PTH208
        return sorted(name for name in names if not name.startswith("."))

    @override
    def walk(self, path: str, *, after: str = "") -> Iterator[str]:
        with translated_errors(path):
            yield from durable_io.walk(self._full(path), after)

    @override
    @translated_errors()
    def list_tree(self, path: str) -> list[str]:
        return durable_io.tree(self._full(path))

    @override
    def modified_at(self, path: str) -> datetime:
        with translated_errors(path):
            return datetime.fromtimestamp(Path(self._full(path)).stat().st_mtime, UTC)

    @override
    @translated_errors()
    def remove_leftovers(self, path: str, *, before: datetime | None = None) -> list[str]:
        return durable_io.remove_leftovers(self._full(path), before)

    @override
    @translated_errors()
    def free_bytes(self) -> int | None:
        return shutil.disk_usage(self._root).free

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"


def _cannot_be_created(root: str, exc: OSError) -> CoreError:
    if isinstance(error := to_core_error(exc), StorageFull):
        return error
    return Unavailable(
        f"LOOKALIKE_STORE_URL: the folder {root} cannot be created: {exc.strerror or exc}"
    )
