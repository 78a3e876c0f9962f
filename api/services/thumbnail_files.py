"""Thumbnails on the disk of this machine, which all its API processes share.

They can be made again, so a thumbnail that cannot be read or written only costs time. An image may
be deleted by another machine: its thumbnails are then not requested any more, and are deleted like
all others that were not used for two days.
"""

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from core.errors import CoreError, StorageFull
from core.storage.backends import durable_io
from core.storage.backends.local_file import make_folder

log = logging.getLogger(__name__)

_UNUSED_S = 2 * 86_400
"""As long as browsers may keep images."""
_PRECISION_S = 3_600
"""The time of the last use is not written again within an hour."""
_MIN_BYTES = 16_384
"""A file counts as at least so large, because disks have about one inode for as many bytes."""


class ThumbnailFiles:
    """Stores thumbnails by name; may be used by several threads and processes.

    If the folder cannot be written, or its disk is almost full, nothing is stored.
    """

    def __init__(self, folder: Path, *, max_bytes: int, min_free_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._min_free_bytes = min_free_bytes
        self._margin = max_bytes // 10
        """What a process may write before it cleans up."""
        self._written = 0
        self._has_warned = False

    def find(self, name: str) -> bytes | None:
        """Return a thumbnail, or None if it is not stored."""
        try:
            with self._path(name).open("rb") as file:
                data, stat = file.read(), os.fstat(file.fileno())
        except OSError:
            return None
        if stat.st_mtime < time.time() - _PRECISION_S:
            with suppress(OSError):
                os.utime(self._path(name))
        return data

    def put(self, name: str, data: bytes) -> None:
        """Store a thumbnail if that is possible."""
        if not self._max_bytes:
            return
        try:
            self._write(name, data)
        except (OSError, CoreError) as exc:
            self._warn(exc)
            return
        self._written += max(len(data), _MIN_BYTES)
        if self._written > self._margin:
            self.clean()

    def clean(self) -> None:
        """Delete what was not used for two days, and then the oldest until the rest fits."""
        self._written = total = 0
        oldest = time.time() - _UNUSED_S
        for used_at, size, path in sorted(self._list(), reverse=True):
            total += max(size, _MIN_BYTES)
            if used_at < oldest or total > self._max_bytes - self._margin:
                with suppress(OSError):  # another process has deleted it, or nobody can
                    os.unlink(path)  # noqa: PTH108 - creating Paths would take longer

    def _write(self, name: str, data: bytes) -> None:
        path = self._path(name)
        make_folder(path.parent)
        if shutil.disk_usage(path.parent).free - len(data) < self._min_free_bytes:
            raise StorageFull("the disk is almost full")
        with durable_io.replace(path) as file:  # synced: a cut-off file would be served as it is
            file.write(data)

    def _warn(self, reason: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            log.warning("thumbnails are made for each request, not stored: %s", reason)

    def _list(self) -> Iterator[tuple[float, int, str]]:
        """Yield the time of the last use, the size and the path of each file."""
        for folder, _, names in os.walk(self._folder):
            for name in names:
                with suppress(OSError):  # another process has deleted it
                    stat = os.stat(path := f"{folder}/{name}")  # noqa: PTH116
                    yield stat.st_mtime, stat.st_size, path

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name
