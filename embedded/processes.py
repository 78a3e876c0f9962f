"""The processes of the stack: their commands, limits and readiness probes."""

import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from core.connections.sockets import socket_path
from core.settings import Settings
from embedded import probes
from embedded.redis_binary import newest_redis

FLOWER_USER = "lookalike"
WORKERS = ("search", "embed", "train")  # named by queue
STREAMS = {"search": 2}  # parallel forward passes; other workers run 1, and scale by processes
BACKGROUND_NICENESS = 10  # imports and training give way to requests and searches
LOCAL = "127.0.0.1"
SERVERS = ("redis", "cache", "milvus")
NAMES = (*SERVERS, *(f"worker-{queue}" for queue in WORKERS), "flower", "api")


# No client may load modules, read or change the configuration, or read the log of slow commands,
# which contains customer IDs.
REDIS_RIGHTS = (
    "--user", "default", "on", "nopass", "~*", "&*", "+@all", "-@admin", "+client",
    "--slowlog-max-len", "0",
)  # fmt: skip


def _do_nothing() -> None:
    pass


@dataclass(frozen=True)
class Process:
    """One process of the stack."""

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool]
    probe: str
    """A description of the check, for error messages."""
    needs: tuple[str, ...] = ()
    """Processes that must be ready before this one starts, if the stack has them."""
    port: int | None = None
    before_start: Callable[[], None] = _do_nothing
    """Runs before each start."""
    group: str = ""
    """Processes of the same group are stopped together."""
    environment: Mapping[str, str] = field(default_factory=dict)
    nice: int = 0
    ready_timeout_s: float = 60
    stop_timeout_s: int = 10
    """A process that takes longer to stop is killed."""
    log_mb: int = 10
    """The log is rotated at this size; three older logs are kept."""


def processes(settings: Settings) -> list[Process]:
    """Return all processes, those that others need first."""
    return [*_servers(settings), *programs(settings)]


def programs(settings: Settings) -> list[Process]:
    """Return the workers, Flower unless the settings exclude it, and the API."""
    embedders = (_worker(settings, "embed", n) for n in range(2, settings.embed_processes + 1))
    workers = [*(_worker(settings, queue) for queue in WORKERS), *embedders]
    flower = [_flower(settings)] if settings.start_flower else []
    return [*workers, *flower, _api(settings)]


def _servers(settings: Settings) -> list[Process]:
    """Return Redis, the cache and Milvus, except servers that have a URL in the settings."""
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    rows: list[tuple[str | None, Callable[[Settings], Process]]] = [
        (settings.redis_url, partial(_redis, name="redis", persistence=durable)),
        (settings.cache_url, partial(_redis, name="cache", persistence=("--appendonly", "no"))),
        (settings.milvus_url, _milvus),
    ]
    return [build(settings) for url, build in rows if url is None]


def flower_password(data: Path) -> Path:
    """Return the file with Flower's password; create it on the first call."""
    path = data / "run" / "flower-password"
    if not path.exists() or not path.read_bytes():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(18), encoding="ascii")
    return path


def _redis(settings: Settings, name: str, persistence: tuple[str, ...]) -> Process:
    socket = str(socket_path(settings.data, name))
    folder = settings.data.absolute() / name
    folder.mkdir(mode=0o700, exist_ok=True)
    command = (newest_redis(), "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700")
    common = ("--dir", str(folder), "--save", "", "--maxmemory-policy", "noeviction")
    return Process(
        name,
        command + common + REDIS_RIGHTS + persistence,
        is_ready=partial(probes.redis_is_ready, f"unix://{socket}"),
        probe="PING",
        ready_timeout_s=300,  # to replay its append-only file, which can be long
        stop_timeout_s=30,
    )


def _milvus(settings: Settings) -> Process:
    folder, socket = settings.data.absolute() / "milvus", socket_path(settings.data, "milvus")
    arguments = ("--data-dir", str(folder), "--socket", str(socket))
    return Process(
        "milvus",
        _python("embedded.milvus_server", *arguments),
        is_ready=partial(probes.milvus_is_ready, settings.milvus),
        probe="list of collections",
        ready_timeout_s=600,  # to open every collection and replay every log
        stop_timeout_s=60,
    )


def _worker(settings: Settings, queue: str, number: int = 1) -> Process:
    key = f"lookalike:alive:{queue}"  # the key that core.cache.worker_registry writes
    clear = partial(probes.clear_heartbeat, settings.cache, key)
    name = queue if number == 1 else f"{queue}-{number}"
    return Process(
        f"worker-{name}",
        _python("workers", queue, "--name", name),
        is_ready=partial(probes.has_heartbeat, settings.cache, key),
        probe="heartbeat",
        needs=SERVERS,
        before_start=clear if number == 1 else _do_nothing,
        environment={"LOOKALIKE_ENCODERS__STREAMS": str(STREAMS.get(queue, 1))},
        group="workers",
        nice=0 if queue == "search" else BACKGROUND_NICENESS,
        ready_timeout_s=180,
        stop_timeout_s=30,  # to finish or release its step; a killed worker's lease expires
    )


def _flower(settings: Settings) -> Process:
    data, port = settings.data.absolute(), settings.ports.flower
    (data / "flower").mkdir(mode=0o700, exist_ok=True)  # its state file is a pickle
    password = flower_password(data).read_text(encoding="ascii")
    options = (f"--address={LOCAL}", f"--port={port}", "--read_only=True", "--persistent=True")
    state = (f"--db={data / 'flower' / 'state'}", "--state_save_interval=60000")
    return Process(
        "flower",
        _python("workers.dashboard", *options, *state, "--max_tasks=20000"),
        is_ready=partial(probes.http_is_ready, LOCAL, port, "/healthcheck"),
        probe="/healthcheck",
        needs=("redis",),
        group="workers",
        port=port,
        environment={"FLOWER_BASIC_AUTH": f"{FLOWER_USER}:{password}"},
        nice=BACKGROUND_NICENESS,
    )


def _api(settings: Settings) -> Process:
    host, port = settings.host, settings.ports.api
    return Process(
        "api",
        _python("api"),
        is_ready=partial(probes.http_is_ready, host, port, "/health/ready"),
        probe="/health/ready",
        needs=("redis", "cache"),
        port=port,
        stop_timeout_s=15,
        log_mb=100,  # one line per request
    )


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
