"""The data folder of the stack: prepares it, and locks it so that only one stack uses it."""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TextIO

import psutil

from core.connections.sockets import socket_folder
from core.errors import Conflict, InvalidInput, StorageFull, Unavailable
from core.settings import MEBIBYTE

PREVIOUS_STACK_TIMEOUT_S = 120


def prepare_data(data: Path, min_free_mb: int) -> None:
    """Create the data folder, unreadable to other users, and check its free space.

    Raises:
        InvalidInput: the name of the folder has characters that cannot be printed.
        Unavailable: the folder cannot be created or written.
        StorageFull: less than `min_free_mb` MiB are free.
    """
    if not str(data).isprintable():
        raise InvalidInput(
            f"LOOKALIKE_DATA={str(data)!r} contains unprintable characters; choose another folder"
        )
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (data / "run", data / "logs"):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)  # they hold passwords and customer IDs; `data` may be shared
        free = shutil.disk_usage(data).free // MEBIBYTE
        with tempfile.TemporaryFile(dir=data / "run") as probe:
            probe.write(b"x")
    except OSError as exc:
        raise Unavailable(
            f"cannot write to the data folder {data} ({exc.strerror}); "
            "fix the permissions of the folder, or set LOOKALIKE_DATA to another folder"
        ) from exc
    if free < min_free_mb:
        raise StorageFull(
            f"only {free} MiB is free for {data}; at least {min_free_mb} MiB is required "
            "(LOOKALIKE_LIMITS__MIN_FREE_MB). Free some space, or set LOOKALIKE_DATA to a folder "
            "on another disk"
        )


def prepare_sockets(data: Path) -> None:
    """Create the folder of the servers' sockets.

    Raises:
        Conflict: another user created this folder, or can use it.
    """
    folder = socket_folder(data)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise Conflict(
            f"other users can access {folder}, where Lookalike puts its sockets; remove that "
            "folder, or set LOOKALIKE_DATA to a path short and plain enough to hold the sockets "
            "itself"
        )


def remove_sockets(data: Path) -> None:
    """Remove the folder of the servers' sockets if it is empty."""
    with contextlib.suppress(OSError):
        socket_folder(data).rmdir()


def lock_data(data: Path) -> TextIO:
    """Lock the data folder for this process, until the returned file is closed.

    Raises:
        Conflict: another stack has locked it.
    """
    lock = (data / "run" / "lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise Conflict(
            f"Lookalike is already running with the data folder {data} (process {holder}); "
            "stop that process, or set LOOKALIKE_DATA to another folder"
        ) from exc
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def previous_supervisor(data: Path) -> psutil.Process | None:
    """Return the supervisord of a launcher that was killed, if it is still stopping."""
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        pid = (data / "run" / "supervisord.pid").read_text(encoding="ascii")
        process = psutil.Process(int(pid))
        if str(data / "run" / "supervisord.conf") in process.cmdline():
            return process
    return None


def await_exit(process: psutil.Process) -> None:
    """Wait until the previous stack's supervisord has exited.

    Raises:
        Conflict: supervisord still runs after two minutes.
    """
    try:
        process.wait(PREVIOUS_STACK_TIMEOUT_S)
    except psutil.TimeoutExpired as exc:
        raise Conflict(
            f"the previous stack has not stopped; kill process {process.pid} and start again"
        ) from exc
