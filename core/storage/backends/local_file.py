"""Opens files in a local folder, and translates the operating system's errors into `CoreError`s.

Only errors of the file itself are translated. Any other `OSError`, for example about damaged data
in the file, passes unchanged to the code that reads or writes the file.
"""

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from typing_extensions import Buffer, override

from core.errors import CoreError, StorageFull, Unavailable
from core.storage.backends.backend import not_found

MISSING = (FileNotFoundError, NotADirectoryError)
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def translated_errors(path: str = "the store's folder") -> Iterator[None]:
    """Translate the operating system's errors into `CoreError`s; works as a decorator, too."""
    try:
        yield
    except MISSING as exc:
        raise not_found(path) from exc
    except OSError as exc:
        raise to_core_error(exc) from exc


def to_core_error(error: OSError) -> CoreError:
    """Return the `CoreError` for an error of the operating system."""
    if error.errno not in _DISK_FULL:
        return Unavailable(f"the store cannot be used: {error.strerror or error}")
    if error.filename is not None and _has_no_inodes(Path(os.fsdecode(error.filename))):
        return StorageFull(
            "the store's file system has no inodes left, so it cannot hold more files; delete some "
            "files, or move the store to another file system, and retry"
        )
    return StorageFull("the store's disk is full; free some space and retry")


def _has_no_inodes(path: Path) -> bool:
    folder = next(parent for parent in (path, *path.parents) if parent.is_dir())
    usage = os.statvfs(folder)
    return usage.f_files > 0 and usage.f_favail == 0


def open_file(path: str | Path, mode: str) -> BinaryIO:
    """Open a buffered file in mode `rb` or `wb`; a new file is readable only by this user."""
    raw = _LocalFile(path, mode, opener=_open_private)
    return cast("BinaryIO", io.BufferedReader(raw) if mode == "rb" else io.BufferedWriter(raw))


def make_folder(folder: Path) -> None:
    """Create a folder and any missing parents, all readable only by this user."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError:
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


class _LocalFile(io.FileIO):
    @override
    def readinto(self, buffer: Buffer) -> int:
        try:  # a hot path: a context manager costs more than the call
            return super().readinto(buffer) or 0
        except OSError as exc:
            raise to_core_error(exc) from exc

    @override
    def readall(self) -> bytes:
        with translated_errors():
            return super().readall() or b""

    @override
    def write(self, data: Buffer) -> int:
        with translated_errors():
            return super().write(data) or 0
