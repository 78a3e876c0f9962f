"""A file that is collected beside its place, and takes its name only when it is whole."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from core.errors import Conflict


class Part:
    """What has come so far of a file: `NAME.part`, kept when the process that collects it ends.

    The file `.NAME.lock` is held while one process collects, and keeps what the source called the
    version of the bytes that are here.
    """

    def __init__(self, target: Path, lock: TextIO) -> None:
        self._target = target
        self._lock = lock
        self.path = target.with_name(f"{target.name}.part")

    @property
    def size(self) -> int:
        """Bytes that are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str:
        """What the source called the version of these bytes; empty if it gave it no name."""
        self._lock.seek(0)
        return self._lock.read()

    def start_over(self, version: str) -> None:
        """Throw away what is here, for bytes of that version."""
        self.path.write_bytes(b"")  # first: should we die here, no bytes are of any version
        self._lock.truncate(0)
        self._lock.write(version)
        self._lock.flush()

    def drop(self) -> None:
        """Throw away what is here."""
        self.path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give it the file's name, synced.

        Raises:
            Conflict: there is something of that name, which is not ours to replace.
        """
        _sync(self.path)
        if os.path.lexists(self._target):
            raise Conflict(f"{self._target} is taken by something else; move it away")
        self.path.rename(self._target)
        _sync(self._target.parent)


@contextmanager
def part_of(target: Path) -> Iterator[Part]:
    """The part of a file, for one process at a time; others wait.

    Raises:
        OSError: the folder cannot be made, or not be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f".{target.name}.lock").open("a+", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Part(target, lock)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
