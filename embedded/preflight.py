"""Checks that run before the stack starts; each error is one line that says what to do."""

import contextlib
import ctypes
import resource
import socket
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import psutil
from pydantic import ValidationError

from core.connections.ports import check_port
from core.connections.urls import parse_sentinel_url
from core.errors import InvalidInput, NotInstalled, Unavailable
from core.recommender.options import RecommenderSettings
from core.records import describe_fault
from core.settings import Settings
from core.storage import Keys, open_backend
from core.storage.api_keys import LOCAL_HOSTS
from embedded.processes import LOCAL, Process

CONNECT_TIMEOUT_S = 5
OPENMP = "libgomp.so.1"
OPEN_FILES = 65_536
_DEFAULT_PORT = {"redis": 6379, "rediss": 6379, "http": 19530, "https": 443}


def check_settings(settings: Settings) -> None:
    """Check only the settings, not whether they fit the machine.

    Raises:
        InvalidInput: other machines can reach the host and there are no API keys, a port is used
            twice, or a setting of the recommender is wrong.
    """
    _check_recommender(settings)
    if settings.host not in LOCAL_HOSTS:  # otherwise the store need not exist yet
        Keys(open_backend(settings.store)).check_host(settings.host)
    ports = settings.ports.model_dump()
    for name, port in ports.items():
        if same := [other for other in ports if ports[other] == port and other != name]:
            raise InvalidInput(
                f"LOOKALIKE_PORTS__{name.upper()}={port} is also the port of {same[0]}; "
                "choose another port"
            )


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


def raise_file_limit() -> None:
    """Let this process and its children open many files: each API connection counts as one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def check_ports(processes: Iterable[Process]) -> None:
    """Check that every process can listen on its port.

    Raises:
        Conflict: a port is in use.
        Unavailable: this user is not allowed to listen on a port.
    """
    for process in processes:
        if process.port is not None:
            check_port(LOCAL, process.port, f"LOOKALIKE_PORTS__{process.name.upper()}", _user_of)


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


def _user_of(port: int) -> str | None:
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            if listens and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return None
