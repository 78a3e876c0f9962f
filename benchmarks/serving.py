"""`python -m benchmarks.serving`: recommendations per second, compared with a minimal route.

The minimal route makes one Redis GET. All serve the same bytes from one process each, and take
turns in every round.
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
from core.cache import CacheWriter
from core.recommendations import BoughtTogether, Recommendation, UserLists
from lookalike.client import Lookalike
from tests.support.servers import free_port

USERS = 500
ROUNDS = 5
ROUND_S = 3.0
CLIENTS = 4
TARGET = 0.8
BARE = {"thread": "minimal route in a thread", "awaited": "minimal route, awaited"}
_LENGTH = re.compile(rb"(?i)content-length: (\d+)")


def main() -> None:
    """Publish some lists, request them in rounds, print."""
    with tempfile.TemporaryDirectory() as folder, client_view.run_stack(Path(folder)) as stack:
        with Lookalike(stack.url) as client:
            client.create_collection("shop")
        redis = Redis.from_url(stack.settings.cache)
        _publish(redis)
        port = stack.settings.ports.api
        paths = [f"/v1/collections/shop/users/u{n}/recommendations" for n in range(USERS)]
        for path in paths:
            redis.set(f"bare:{path.split('/')[5]}", _get(port, path))
        with _run_bare_route(stack.settings.cache) as bare_port:
            _run_rounds([(port, paths), *((bare_port, _bare_paths(kind)) for kind in BARE)])


def _bare_paths(kind: str) -> list[str]:
    return [f"/{kind}/u{n}" for n in range(USERS)]


def _publish(redis: Redis) -> None:
    rows = [Recommendation(f"A-{n}", 1.5, [BoughtTogether("A-1", 12)]) for n in range(20)]
    user_lists = UserLists(orders=3, purchases=[], recommendations=rows)
    lists = CacheWriter(redis)
    lists.write("shop", "one", ((f"u{n}", user_lists) for n in range(USERS)))
    lists.write_popular("shop", "one", {"": rows})
    lists.go_live("shop", "one")


@contextmanager
def _run_bare_route(redis_url: str) -> Iterator[int]:
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
                _get(port, _bare_paths(kind)[0])
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the minimal route does not answer")


def _get(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    response = connection.getresponse()
    if response.status != 200:
        raise OSError(f"{path}: {response.status}")
    return response.read()


def _run_rounds(sides: list[tuple[int, list[str]]]) -> None:
    rates: list[list[float]] = [[] for _ in sides]
    p99s: list[list[float]] = [[] for _ in sides]
    for _ in range(ROUNDS):
        for side, (port, paths) in enumerate(sides):
            took = _load(port, paths)
            rates[side].append(len(took) / ROUND_S)
            p99s[side].append(statistics.quantiles(took, n=100)[98] * 1000)
    names = ("GET .../recommendations", *BARE.values())
    for name, rate, p99 in zip(names, rates, p99s, strict=True):
        figures = f"{statistics.median(rate):>9.0f} requests/s{statistics.median(p99):>9.1f} ms p99"
        ratio = statistics.median(
            product / minimal for product, minimal in zip(rates[0], rate, strict=True)
        )
        print(f"{name:<34}{figures}   ours / this {ratio:.2f}")
    print(f"target: {TARGET} of the minimal route in a thread")


def _load(port: int, paths: list[str]) -> list[float]:
    """Request in a round with several connections; return the seconds of every request."""
    until, took = time.perf_counter() + ROUND_S, []

    def run_client(first: int) -> None:
        n = first
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while (started := time.perf_counter()) < until:
                _request(connection, paths[n % len(paths)])
                took.append(time.perf_counter() - started)
                n += 1

    threads = [threading.Thread(target=run_client, args=(n * 100,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _request(connection: socket.socket, path: str) -> None:
    """Send a request and read the response with minimal CPU, which the servers need."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    response = connection.recv(65_536)
    while b"\r\n\r\n" not in response:
        response += connection.recv(65_536)
    head, _, body = response.partition(b"\r\n\r\n")
    missing = int(_LENGTH.search(head)[1]) - len(body)  # type: ignore[index]
    while missing > 0:
        missing -= len(connection.recv(65_536))


if __name__ == "__main__":
    main()
