"""A Redis master, its replica, and three sentinels that watch them."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from embedded.redis_binary import newest_redis
from tests.support.servers import free_ports, kill, start_listening, stopping

NAME = "shop"
DOWN_MS = 1_500


@dataclass
class Sentinels:
    """The running servers; `url` has no password."""

    url: str
    servers: dict[int, subprocess.Popen]
    sentinels: list[int]
    password: str

    def master(self) -> int:
        """The port of the current master, according to a sentinel."""
        with Redis(port=self.sentinels[0]) as sentinel:
            return int(sentinel.sentinel_get_master_addr_by_name(NAME)[1])

    def replicas(self) -> int:
        """How many replicas are connected."""
        with Redis(port=self.master(), password=self.password) as redis:
            return redis.info("replication")["connected_slaves"]

    def kill_master(self) -> int:
        """Kill the master as a power cut would; return its port."""
        port = self.master()
        kill(self.servers[port])
        return port


@contextmanager
def sentinels(folder: Path, password: str) -> Iterator[Sentinels]:
    """Run all of them for the length of a `with`."""
    first, second, *sentinel_ports = free_ports("12345").values()
    with ExitStack() as running:
        servers = {}
        for port in (first, second):
            replication = () if port == first else ("--replicaof", "127.0.0.1", str(first))
            servers[port] = _server(folder / str(port), port, password, replication)
            running.enter_context(stopping(servers[port]))
        for port in sentinel_ports:
            running.enter_context(stopping(_sentinel(folder, port, first, password)))
        hosts = ",".join(f"127.0.0.1:{port}" for port in sentinel_ports)
        yield Sentinels(f"sentinel://{hosts}/{NAME}", servers, sentinel_ports, password)


def _server(folder, port, password, replication):
    folder.mkdir(parents=True)
    own = ("--port", port, "--dir", folder, "--save", "", "--appendonly", "yes")
    shared = ("--appendfsync", "always", "--requirepass", password, "--masterauth", password)
    command = (newest_redis(), "--bind", "127.0.0.1", *own, *shared, *replication)
    with (folder / "log").open("wb") as log:
        return start_listening(list(map(str, command)), port, stdout=log)


def _sentinel(folder, port, master, password):
    config = folder / f"sentinel-{port}.conf"
    lines = (
        f"port {port}",
        "bind 127.0.0.1",
        f"dir {folder}",
        f"sentinel monitor {NAME} 127.0.0.1 {master} 2",
        f'sentinel auth-pass {NAME} "{password}"',
        f"sentinel down-after-milliseconds {NAME} {DOWN_MS}",
        f"sentinel failover-timeout {NAME} 5000",
    )
    config.write_text("\n".join(lines) + "\n")
    with config.with_suffix(".log").open("wb") as log:
        return start_listening([newest_redis(), str(config), "--sentinel"], port, stdout=log)
