"""What is checked before anything is started; each complaint is one line that says what to do."""

import contextlib
import ctypes
import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import psutil

from core.connections.urls import watched
from core.errors import Conflict, InvalidInput, NotInstalled, StorageFull, Unavailable
from core.settings import MEBIBYTE, Settings
from core.storage import Files, Keys
from core.storage.api_keys import LOCAL_HOSTS
from embedded.processes import LOCAL, Part

PREVIOUS_S = 120
REACH_S = 5
OPENMP = "libgomp.so.1"
_USUAL_PORT = {"redis": 6379, "rediss": 6379, "http": 19530, "https": 443}


def check_settings(settings: Settings) -> None:
    """Look at what can be judged without touching the machine.

    Raises:
        InvalidInput: the host is not this machine, a port is used twice or is none.
    """
    if settings.host not in LOCAL_HOSTS:  # the store need not be there yet
        Keys(Files(settings.store)).check_host(settings.host)
    ports = settings.ports.model_dump()
    for name, port in ports.items():
        twice = [other for other in ports if ports[other] == port and other != name]
        if twice or port > 65535:
            why = f"is the port of {twice[0]} as well" if twice else "is not a port"
            raise InvalidInput(f"LOOKALIKE_PORTS__{name.upper()}={port} {why}; choose another")


def check_libraries() -> None:
    """See that those are there which no Python package brings.

    Raises:
        NotInstalled: one is not.
    """
    try:
        ctypes.CDLL(OPENMP)
    except OSError as exc:
        raise NotInstalled(
            f"OpenMP ({OPENMP}) is not on this machine, and nothing is learned without it; "
            "install it (Debian: libgomp1)"
        ) from exc


def prepare_data(data: Path, free_mb: int) -> None:
    """Make the data folder's own folders and see that there is room.

    Raises:
        Unavailable: they cannot be made or written.
        StorageFull: less than `free_mb` MiB are left.
    """
    if not str(data).isprintable():
        raise InvalidInput(f"LOOKALIKE_DATA={str(data)!r}: choose a folder with a printable name")
    try:
        for folder in (data, data / "run", data / "logs"):
            folder.mkdir(parents=True, exist_ok=True)
        (data / "run").chmod(0o700)  # passwords lie there
        free = shutil.disk_usage(data).free // MEBIBYTE
        with tempfile.TemporaryFile(dir=data / "run") as trial:
            trial.write(b"x")
    except OSError as exc:
        raise Unavailable(
            f"the data folder {data} cannot be written ({exc.strerror}); "
            "mend it, or set LOOKALIKE_DATA to another"
        ) from exc
    if free < free_mb:
        raise StorageFull(
            f"only {free} MiB are free for {data}, LOOKALIKE_LIMITS__FREE_MB asks for {free_mb}; "
            "free some space, or set LOOKALIKE_DATA to a folder on another disk"
        )


def hold(data: Path) -> TextIO:
    """Take the data folder for this process; it is given back when the file is closed.

    Raises:
        Conflict: another stack holds it.
    """
    lock = (data / "run" / "lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise Conflict(
            f"a stack is running on {data} already (process {holder}); "
            "stop it, or set LOOKALIKE_DATA to another folder"
        ) from exc
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def previous_supervisor(data: Path) -> psutil.Process | None:
    """The supervisor of a launcher that was killed, while it still stops its parts."""
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        written = (data / "run" / "supervisord.pid").read_text(encoding="ascii")
        process = psutil.Process(int(written))
        if str(data / "run" / "supervisord.conf") in process.cmdline():
            return process
    return None


def await_end(process: psutil.Process) -> None:
    """Wait until it has stopped.

    Raises:
        Conflict: it has not in two minutes.
    """
    try:
        process.wait(PREVIOUS_S)
    except psutil.TimeoutExpired as exc:
        raise Conflict(f"process {process.pid} of the stack before does not end; kill it") from exc


def check_ports(parts: Iterable[Part]) -> None:
    """See that every part can have its port.

    Raises:
        Conflict: something listens there.
        Unavailable: this user may not listen there.
    """
    for part in parts:
        if part.port is None:
            continue
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((LOCAL, part.port))
            except PermissionError as exc:
                raise Unavailable(
                    f"port {part.port} for {part.name} needs more rights; set {part.port_setting}"
                ) from exc
            except OSError as exc:
                raise Conflict(
                    f"port {part.port} for {part.name} is in use{_user_of(part.port)}; "
                    f"stop what listens there, or set {part.port_setting}"
                ) from exc


def check_own_servers(settings: Settings) -> None:
    """See that the servers which the user runs can be reached, and the store can be used.

    Raises:
        Unavailable: nothing listens there, or the store is not to be used.
    """
    if settings.store_url:
        Files(settings.store).check()
    for name in ("redis_url", "cache_url", "milvus_url"):
        for host, port in _addresses(getattr(settings, name) or ""):
            try:
                socket.create_connection((host, port), timeout=REACH_S).close()
            except OSError as exc:
                raise Unavailable(
                    f"nothing answers at {host}:{port} ({exc}); start it, "
                    f"or unset LOOKALIKE_{name.upper()} to have one started here"
                ) from exc


def _addresses(url: str) -> Sequence[tuple[str, int]]:
    if place := watched(url):
        return place.sentinels
    parts = urlsplit(url)
    port = _USUAL_PORT.get(parts.scheme, 0)
    return [(parts.hostname, parts.port or port)] if parts.hostname else []


def _user_of(port: int) -> str:
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            if listens and connection.pid:
                return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return ""
