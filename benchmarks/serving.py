"""`python -m benchmarks.serving`: recommendations per second, compared with minimal routes.

A minimal route makes one Redis GET. All routes return the same bytes; each of the two servers is
one process, and the routes take turns in every round.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
from redis import Redis

from benchmarks.support import client_view
from benchmarks.support.http_load import HttpConnection
from benchmarks.support.results import Result, save_results
from core.cache import CacheWriter
from core.cache.item_cache import ItemCache
from core.recommendations import BoughtTogether, Recommendation, UserLists
from lookalike.client import Lookalike
from tests.support.servers import free_port, start_listening, stopping

USERS = 500
ROUNDS = 5
ROUND_S = 3.0
CLIENTS = 4
BARE = {"thread": "minimal route in a thread", "awaited": "minimal route, awaited"}
TARGETS = {"thread": 1.0, "awaited": 0.8}


def main() -> None:
    """Publish some lists, request them in rounds, and print the rates."""
    with tempfile.TemporaryDirectory() as folder, client_view.new_stack(Path(folder)) as stack:
        with Lookalike(stack.url) as client:
            client.create_collection("shop")
        redis = Redis.from_url(stack.settings.cache)
        _publish(redis)
        port = stack.settings.ports.api
        paths = [f"/v1/collections/shop/users/u{n}/recommendations" for n in range(USERS)]
        for n, path in enumerate(paths):
            response = httpx2.get(f"http://127.0.0.1:{port}{path}").raise_for_status()
            redis.set(f"bare:u{n}", response.content)
        bare_paths = [[f"/{kind}/u{n}" for n in range(USERS)] for kind in BARE]
        with run_bare_route(stack.settings.cache) as bare_port:
            _run_rounds([(port, paths), *((bare_port, bare) for bare in bare_paths)])


def _publish(redis: Redis) -> None:
    rows = [Recommendation(f"A-{n}", 1.5, [BoughtTogether("A-1", 12)]) for n in range(20)]
    user_lists = UserLists(orders=3, purchases=[], recommendations=rows)
    lists = CacheWriter(redis)
    lists.write("shop", "one", ((f"u{n}", user_lists) for n in range(USERS)))
    lists.write_popular("shop", "one", {"": rows})
    lists.go_live("shop", "one")
    items = ItemCache(redis)
    items.go_live("shop", items.begin("shop"), 0, {})


@contextmanager
def run_bare_route(redis_url: str) -> Iterator[int]:
    """Run the server of the minimal routes; yield its port."""
    port = free_port()
    options = ("--port", str(port), "--no-access-log", "--log-level", "warning")
    command = [sys.executable, "-m", "uvicorn", "benchmarks.support.bare_route:app", *options]
    environment = os.environ | {"BARE_REDIS": redis_url}
    with stopping(start_listening(command, port, env=environment)):
        yield port


def _run_rounds(sides: list[tuple[int, list[str]]]) -> None:
    rounds = [[_load(port, paths) for port, paths in sides] for _ in range(ROUNDS)]
    product = [loads[0] for loads in rounds]
    names = ("GET .../recommendations", *BARE.values())
    results = []
    for name, *loads in zip(names, *rounds, strict=True):
        rates = tuple(len(took) / ROUND_S for took in loads)
        p99s = tuple(statistics.quantiles(took, n=100)[98] * 1000 for took in loads)
        ratios = tuple(len(a) / len(b) for a, b in zip(product, loads, strict=True))
        rate, p99, ratio = map(statistics.median, (rates, p99s, ratios))
        print(f"{name:<34}{rate:>9.0f} requests/s{p99:>9.1f} ms p99   ours / this {ratio:.2f}")
        results += [
            Result(name=name, rounds=rates, unit="requests/s", better="higher"),
            Result(name=f"{name}, p99", rounds=p99s, unit="ms", better="lower"),
        ]
        if loads != product:
            share = f"share of the {name}"
            results.append(Result(name=share, rounds=ratios, unit="ratio", better="higher"))
    print("targets:", ", ".join(f"{TARGETS[kind]} of the {BARE[kind]}" for kind in BARE))
    save_results("serving", results)


def _load(port: int, paths: list[str]) -> list[float]:
    """Send requests over several connections for a round; return how many seconds each took."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths]
    until, took = time.perf_counter() + ROUND_S, list[float]()

    def run_client(first: int) -> None:
        n = first
        with HttpConnection(port) as connection:
            while (started := time.perf_counter()) < until:
                connection.send(requests[n % len(requests)])
                took.append(time.perf_counter() - started)
                n += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(run_client, range(0, 100 * CLIENTS, 100)))
    return took


if __name__ == "__main__":
    main()
