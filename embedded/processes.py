"""The parts of the stack as rows: how each is started, and how one knows that it is ready."""

import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from core.settings import Settings
from embedded import probes
from embedded.redis_binary import newest_redis

FLOWER_USER = "lookalike"
WORKERS = ("search", "embed", "train")  # by their queues
STREAMS = {"search": 2}  # forward passes at once, else one: an ingest has processes instead
BACKGROUND = 10  # niceness: ingests give way to searches
LOCAL = "127.0.0.1"
SERVERS = ("redis", "cache", "milvus")
NAMES = (*SERVERS, *(f"worker-{queue}" for queue in WORKERS), "flower", "api")


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Part:
    """One process of the stack."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    awaits: str
    """What `ready` asks, in words."""
    port: int | None = None
    before: Callable[[], None] = _nothing
    """Done before each start."""
    group: str = ""
    """Parts of one group are stopped together."""
    environment: Mapping[str, str] = field(default_factory=dict)
    nice: int = 0
    ready_s: float = 60
    stop_s: int = 10
    """It is killed when it takes longer than this to stop."""
    log_mb: int = 10
    """Its log is rotated at this size; three older ones are kept."""

    @property
    def port_setting(self) -> str:
        """The variable that moves it to another port."""
        return f"LOOKALIKE_PORTS__{self.name.upper()}"


def servers(settings: Settings) -> list[Part]:
    """Those that come first; one whose URL is set is the user's own and not ours to start."""
    rows = [
        (settings.redis_url, _redis),
        (settings.cache_url, _cache),
        (settings.milvus_url, _milvus),
    ]
    return [part(settings) for url, part in rows if url is None]


def programs(settings: Settings) -> list[Part]:
    """Those that work with the servers."""
    more = (_worker(settings, "embed", n) for n in range(2, settings.embed_processes + 1))
    workers = [*(_worker(settings, queue) for queue in WORKERS), *more]
    return [*workers, _flower(settings), _api(settings)]


def flower_password(data: Path) -> Path:
    """The file that holds Flower's password; made at the first call."""
    path = data / "run" / "flower-password"
    if not path.exists() or not path.read_bytes():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(18), encoding="ascii")
    return path


def _redis(settings: Settings) -> Part:
    kept = ("--appendonly", "yes", "--appendfsync", "always")
    return _redis_server(settings, "redis", settings.ports.redis, kept)


def _cache(settings: Settings) -> Part:
    return _redis_server(settings, "cache", settings.ports.cache, ("--appendonly", "no"))


def _redis_server(settings: Settings, name: str, port: int, kept: tuple[str, ...]) -> Part:
    folder = settings.data.absolute() / name
    folder.mkdir(mode=0o700, exist_ok=True)
    command = (newest_redis(), "--port", str(port), "--bind", LOCAL, "--dir", str(folder))
    common = ("--save", "", "--maxmemory-policy", "noeviction", "--tcp-keepalive", "30")
    return Part(
        name,
        command + common + kept,
        ready=partial(probes.redis_answers, f"redis://{LOCAL}:{port}/0"),
        awaits="PING",
        port=port,
        ready_s=300,  # a long append-only file is read again
        stop_s=30,
    )


def _milvus(settings: Settings) -> Part:
    port = settings.ports.milvus
    folder = settings.data.absolute() / "milvus"
    arguments = ("--data-dir", str(folder), "--port", str(port))
    return Part(
        "milvus",
        _python("embedded.milvus_server", *arguments),
        ready=partial(probes.milvus_answers, port),
        awaits="list of collections",
        port=port,
        ready_s=600,  # every collection is opened, every log replayed
        stop_s=60,
    )


def _worker(settings: Settings, queue: str, number: int = 1) -> Part:
    key = f"lookalike:alive:{queue}"  # as core.cache.worker_registry writes it
    name = queue if number == 1 else f"{queue}-{number}"
    return Part(
        f"worker-{name}",
        _python("workers", queue, "--name", name),
        ready=partial(probes.alive, settings.cache, key),
        awaits="sign of life",
        before=partial(probes.forget, settings.cache, key) if number == 1 else _nothing,
        environment={"LOOKALIKE_ENCODERS__STREAMS": str(STREAMS.get(queue, 1))},
        group="workers",
        nice=BACKGROUND if queue == "embed" else 0,
        ready_s=180,
        stop_s=30,  # a running step ends or is handed back; killed, its lease gives it to another
    )


def _flower(settings: Settings) -> Part:
    data, port = settings.data.absolute(), settings.ports.flower
    (data / "flower").mkdir(mode=0o700, exist_ok=True)  # its state file is a pickle
    password = flower_password(data).read_text(encoding="ascii")
    options = (f"--address={LOCAL}", f"--port={port}", "--read_only=True", "--persistent=True")
    state = (f"--db={data / 'flower' / 'state'}", "--state_save_interval=60000")
    return Part(
        "flower",
        _python("celery", "-A", "workers.app", "flower", *options, *state, "--max_tasks=20000"),
        ready=partial(probes.page_answers, LOCAL, port, "/healthcheck"),
        awaits="/healthcheck",
        port=port,
        environment={"FLOWER_BASIC_AUTH": f"{FLOWER_USER}:{password}"},
    )


def _api(settings: Settings) -> Part:
    host, port = settings.host, settings.ports.api
    return Part(
        "api",
        _python("api"),
        ready=partial(probes.page_answers, host, port, "/health/ready"),
        awaits="/health/ready",
        port=port,
        stop_s=15,
        log_mb=100,  # a line for each request
    )


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
