"""Partial downloads, stored next to their targets and renamed once they are complete."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from core.errors import Conflict


class PartialFile:
    """The bytes received so far, in `NAME.part`, which remains if the process ends.

    The file `.NAME.lock` is locked while a process downloads, and contains the server's version (an
    ETag or a date) of the bytes received so far.
    """

    def __init__(self, target: Path, lock: TextIO) -> None:
        self._target = target
        self._lock = lock
        self.path = target.with_name(f"{target.name}.part")

    @property
    def size(self) -> int:
        """The number of bytes received so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str:
        """The server's version of these bytes; empty if the server has sent none."""
        self._lock.seek(0)
        return self._lock.read()

    def start_over(self, version: str) -> None:
        """Discard the bytes and record the version of the bytes that follow."""
        self.path.write_bytes(b"")  # first: after a crash here, no bytes have a wrong version
        self._lock.truncate(0)
        self._lock.write(version)
        self._lock.flush()

    def discard(self) -> None:
        """Delete the bytes."""
        self.path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Sync the file and rename it to its target.

        Raises:
            Conflict: the target exists; it must not be replaced.
        """
        _sync(self.path)
        if os.path.lexists(self._target):
            raise Conflict(f"{self._target} already exists; move the file away")
        self.path.rename(self._target)
        _sync(self._target.parent)


@contextmanager
def open_partial_file(target: Path) -> Iterator[PartialFile]:
    """Open the partial file of a target for one process; other processes wait.

    Raises:
        OSError: the folder cannot be created or written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f".{target.name}.lock").open("a+", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield PartialFile(target, lock)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
