"""Checks that run before the stack starts; each error is one line that says what to do."""

import contextlib
import ctypes
import fcntl
import os
import resource
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import psutil
from pydantic import ValidationError

from core.connections.sockets import socket_folder
from core.connections.urls import parse_sentinel_url
from core.errors import Conflict, InvalidInput, NotInstalled, StorageFull, Unavailable
from core.recommender.options import RecommenderSettings
from core.records import describe_fault
from core.settings import MEBIBYTE, Settings
from core.storage import Keys, open_backend
from core.storage.api_keys import LOCAL_HOSTS
from embedded.processes import LOCAL, Process

PREVIOUS_STACK_TIMEOUT_S = 120
CONNECT_TIMEOUT_S = 5
OPENMP = "libgomp.so.1"
OPEN_FILES = 65_536
_DEFAULT_PORT = {"redis": 6379, "rediss": 6379, "http": 19530, "https": 443}


def check_settings(settings: Settings) -> None:
    """Check only the settings, not whether they fit the machine.

    Raises:
        InvalidInput: other machines can reach the host and there are no API keys, a port is used
            twice, a port number is too high, or a setting of the recommender is wrong.
    """
    _check_recommender(settings)
    if settings.host not in LOCAL_HOSTS:  # otherwise the store need not exist yet
        Keys(open_backend(settings.store)).check_host(settings.host)
    ports = settings.ports.model_dump()
    for name, port in ports.items():
        same = [other for other in ports if ports[other] == port and other != name]
        if same or port > 65535:
            why = f"is also the port of {same[0]}" if same else "is not a port (1 to 65535)"
            raise InvalidInput(f"LOOKALIKE_PORTS__{name.upper()}={port} {why}; choose another port")


def _check_recommender(settings: Settings) -> None:
    try:
        RecommenderSettings.model_validate(settings.recommender)
    except ValidationError as exc:
        faults = (f"{'.'.join(map(str, e['loc']))}: {describe_fault(e)}" for e in exc.errors())
        raise InvalidInput(f"LOOKALIKE_RECOMMENDER: {'; '.join(faults)}") from exc


def check_libraries() -> None:
    """Check for system libraries that no Python package contains.

    Raises:
        NotInstalled: OpenMP, which training needs, is missing.
    """
    try:
        ctypes.CDLL(OPENMP)
    except OSError as exc:
        raise NotInstalled(
            f"OpenMP ({OPENMP}), which training needs, is not installed; "
            "install it (Debian and Ubuntu: `apt install libgomp1`)"
        ) from exc


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


def raise_file_limit() -> None:
    """Let this process and its children open many files: each API connection counts as one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


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


def check_ports(processes: Iterable[Process]) -> None:
    """Check that every process can listen on its port.

    Raises:
        Conflict: a port is in use.
        Unavailable: this user is not allowed to listen on a port.
    """
    for process in processes:
        if process.port is None:
            continue
        name, port = process.name, process.port
        setting = f"LOOKALIKE_PORTS__{name.upper()}"
        try:
            socket.create_server((LOCAL, port)).close()
        except PermissionError as exc:
            raise Unavailable(
                f"this user is not allowed to listen on port {port}, which {name} needs; "
                f"set {setting} to a port above 1023"
            ) from exc
        except OSError as exc:
            raise Conflict(
                f"port {port}, which {name} needs, is in use{_user_of(port)}; "
                f"stop the process that uses the port, or choose another port with {setting}"
            ) from exc


def check_external_servers(settings: Settings) -> None:
    """Check that the user's own servers can be reached, and that the store is usable.

    Raises:
        Unavailable: a server cannot be reached, or the store cannot be used.
    """
    if settings.store_url:
        open_backend(settings.store).check()
    for name in ("redis_url", "cache_url", "milvus_url"):
        for host, port in _addresses(getattr(settings, name) or ""):
            try:
                socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_S).close()
            except OSError as exc:
                raise Unavailable(
                    f"cannot connect to {host}:{port} ({exc}); start the server, or unset "
                    f"LOOKALIKE_{name.upper()} to let Lookalike start its own"
                ) from exc


def _addresses(url: str) -> Sequence[tuple[str, int]]:
    if sentinel := parse_sentinel_url(url):
        return sentinel.sentinels
    parts = urlsplit(url)
    port = _DEFAULT_PORT.get(parts.scheme, 0)
    return [(parts.hostname, parts.port or port)] if parts.hostname else []


def _user_of(port: int) -> str:
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            if listens and connection.pid:
                return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return ""
