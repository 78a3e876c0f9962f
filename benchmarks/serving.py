"""`python -m benchmarks.serving`: recommendations a second, beside a bare route with one GET.

All serve answers of the same bytes, one after the other in every round, from one process each.
"""

import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from benchmarks.support import client_view
from core.cache import Lists
from lookalike.client import Lookalike
from tests.support.servers import free_port

USERS = 500
LENGTH = 10
ROUNDS = 5
ROUND_S = 3.0
CALLERS = 4
TARGET = 0.8
BARE = {"thread": "bare route, one GET, as usual", "awaited": "bare route, one GET, awaited"}
_LENGTH = re.compile(rb"(?i)content-length: (\d+)")


def main() -> None:
    """Publish some lists, ask for them in rounds, print."""
    with tempfile.TemporaryDirectory() as folder, client_view.running(Path(folder)) as stack:
        with Lookalike(stack.url) as client:
            client.create_collection("shop")
        redis = Redis.from_url(stack.settings.cache)
        _publish(redis)
        port = stack.settings.ports.api
        paths = [f"/v1/collections/shop/users/u{n}/recommendations" for n in range(USERS)]
        for path in paths:
            redis.set(f"bare:{path.split('/')[5]}", _get(port, path))
        with _bare(stack.settings.cache) as bare:
            _rounds([(port, paths), *((bare, bare_paths(kind)) for kind in BARE)])


def bare_paths(kind: str) -> list[str]:
    """Where the bare route of a kind gives the same."""
    return [f"/{kind}/u{n}" for n in range(USERS)]


def _publish(redis: Redis) -> None:
    reasons = [{"kind": "bought_together", "with": "A-1", "orders": 12}]
    rows = [{"sku": f"A-{n}", "score": 1.5, "reasons": reasons} for n in range(20)]
    kept = {"orders": 3, "purchases": [], "recommendations": rows}
    lists = Lists(redis)
    lists.write("shop", "one", ((f"u{n}", kept) for n in range(USERS)))
    lists.write_popular("shop", "one", {"": rows})
    lists.go_live("shop", "one")


@contextmanager
def _bare(redis_url: str) -> Iterator[int]:
    port = free_port()
    options = ("--port", str(port), "--no-access-log", "--log-level", "warning")
    command = [sys.executable, "-m", "uvicorn", "benchmarks.support.bare_route:app", *options]
    process = subprocess.Popen(command, env=os.environ | {"BARE_REDIS": redis_url})
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            for kind in BARE:
                _get(port, bare_paths(kind)[0])
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the bare route does not answer")


def _get(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != 200:
        raise OSError(f"{path}: {answer.status}")
    return answer.read()


def _rounds(sides: list[tuple[int, list[str]]]) -> None:
    rates: list[list[float]] = [[] for _ in sides]
    slowest: list[list[float]] = [[] for _ in sides]
    for _ in range(ROUNDS):
        for side, (port, paths) in enumerate(sides):
            took = _load(port, paths)
            rates[side].append(len(took) / ROUND_S)
            slowest[side].append(statistics.quantiles(took, n=100)[98] * 1000)
    names = ("GET .../recommendations", *BARE.values())
    for name, rate, p99 in zip(names, rates, slowest, strict=True):
        told = f"{statistics.median(rate):>9.0f} requests/s{statistics.median(p99):>9.1f} ms p99"
        ratio = statistics.median(
            ours / theirs for ours, theirs in zip(rates[0], rate, strict=True)
        )
        print(f"{name:<34}{told}   ours / this {ratio:.2f}")
    print(f"the target is {TARGET} of the usual one")


def _load(port: int, paths: list[str]) -> list[float]:
    """Seconds of every request that callers with a connection each could make in a round."""
    until, took = time.perf_counter() + ROUND_S, []

    def call(first: int) -> None:
        n = first
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while (started := time.perf_counter()) < until:
                _asked(connection, paths[n % len(paths)])
                took.append(time.perf_counter() - started)
                n += 1

    threads = [threading.Thread(target=call, args=(n * 100,)) for n in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _asked(connection: socket.socket, path: str) -> None:
    """Ask once and read the answer, with next to no work: both cores are for who answers."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    got = connection.recv(65_536)
    while b"\r\n\r\n" not in got:
        got += connection.recv(65_536)
    head, _, body = got.partition(b"\r\n\r\n")
    missing = int(_LENGTH.search(head)[1]) - len(body)  # type: ignore[index]
    while missing > 0:
        missing -= len(connection.recv(65_536))


if __name__ == "__main__":
    main()
