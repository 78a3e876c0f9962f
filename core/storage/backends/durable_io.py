"""Atomic and durable writes on a local disk: after a power cut, a file is whole or absent."""

import ctypes
import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

_LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def replace(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file, which is synced and renamed to `path` if the block succeeds."""
    with _temporary_file(path) as (temporary, file):
        yield file
        _sync(file)
        temporary.replace(path)
    sync_folder(path.parent)


def replace_all(root: str, files: Iterable[tuple[str, bytes]]) -> None:
    """Write many files atomically, and sync the disk only twice.

    In measurements, this took a tenth of the time and a fifth of the CPU of syncing each file.
    """
    written: list[tuple[str, str]] = []
    try:
        for path, data in files:
            temporary = _temporary_path(path)
            written.append((temporary, path))
            _write(temporary, data)
        _sync_disk(root)
        for temporary, path in written:
            os.rename(temporary, path)  # noqa: PTH104 - creating a Path costs more than the rename
    except BaseException:
        for temporary, _ in written:
            with suppress(FileNotFoundError):
                os.unlink(temporary)  # noqa: PTH108
        raise
    _sync_disk(root)


def create(path: Path, data: bytes) -> bool:
    """Write a file unless it exists; return whether this call created it."""
    with _temporary_file(path) as (temporary, file):
        file.write(data)
        _sync(file)
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
    sync_folder(path.parent)
    return True


def append(path: Path, line: bytes) -> None:
    """Append a line with one write and sync it, so lines of several processes do not mix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":  # an earlier write was cut short
            line = b"\n" + line
        if os.write(descriptor, line) != len(line):
            raise _disk_full()
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if not size:
        sync_folder(path.parent)


def walk(folder: str, after: str = "") -> Iterator[str]:
    """Yield the sorted relative paths of all files below a folder that come after `after`.

    The order is that of whole paths, so a folder is sorted as if its name ended with `/`.
    """
    for name in sorted(_list_folder(folder)):
        if not name.endswith("/"):
            if name > after:
                yield name
        elif name > after or after.startswith(name):
            rest = after.removeprefix(name) if after.startswith(name) else ""
            for path in walk(f"{folder}/{name[:-1]}", rest):
                yield name + path


def tree(folder: str) -> list[str]:
    """Return the relative paths of all files below a folder, in any order."""
    files: list[str] = []
    folders = [""]
    while folders:
        parent = folders.pop()
        for name in _list_folder(f"{folder}/{parent}"):
            (folders if name.endswith("/") else files).append(parent + name)
    return files


def sync_folder(folder: Path) -> None:
    """Make renames and deletions in a folder durable."""
    with suppress(FileNotFoundError), _open_descriptor(folder) as descriptor:
        os.fsync(descriptor)


def _list_folder(folder: str) -> list[str]:
    """Return the names in a folder, except hidden (temporary) files; subfolders end with `/`."""
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return []
    return [
        f"{entry.name}/" if entry.is_dir() else entry.name
        for entry in entries
        if entry.name[0] != "."
    ]


@contextmanager
def _temporary_file(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Open a file in the folder of `path`, and finally remove it unless it was renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(_temporary_path(str(path)))
    try:
        with temporary.open("wb") as file:
            yield temporary, file
    finally:
        temporary.unlink(missing_ok=True)


def _temporary_path(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/.{name[:100]}.{uuid4().hex}"


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _write(path: str, data: bytes) -> None:
    try:
        file = open(path, "wb", buffering=0)  # noqa: PTH123, SIM115
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "wb", buffering=0)  # noqa: PTH123, SIM115
    with file:
        if file.write(data) != len(data):
            raise _disk_full()  # a retry would raise this error


def _disk_full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _sync_disk(path: str) -> None:
    """Sync one file system; unlike `os.sync`, this reports errors."""
    with _open_descriptor(Path(path)) as descriptor:
        if _LIBC.syncfs(descriptor) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))


@contextmanager
def _open_descriptor(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
