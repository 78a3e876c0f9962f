"""`python -m benchmarks.load`: many clients at once, during ingests and training.

Each client sends its next request as soon as it has the answer to the last: recommendation lists
(60 %), similar items (30 %) and searches by photo (10 %). After a 503, it waits for a second.
"""

import argparse
import itertools
import random
import statistics
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2

from benchmarks.support import client_view, photos
from benchmarks.support.http_load import HttpConnection, multipart_request
from benchmarks.support.results import Result, save_results
from embedded.stack import Stack
from lookalike.client import Lookalike

CLIENTS = 50
SECONDS = 180
ITEMS = 1000
USERS, ORDERS = 500, 6
MIX = {"list": 60, "similar": 30, "search": 10}
WARM_UP_S = 10
POLL_S = 0.5
RETRY_S = 1
TARGET_P99_MS = 100


@dataclass
class Measurements:
    """Latencies per kind of request, responses per kind and status, and memory samples."""

    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    memory: list[dict[str, int]] = field(default_factory=list)


def main() -> None:
    """Fill a shop, load it, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        client_view.new_stack(Path(folder) / "data") as stack,
    ):
        images = photos.generate_photos(ITEMS)
        archive = photos.write_zip(Path(folder) / "photos.zip", images)
        skus = create_shop(stack, archive)
        background = partial(_run_background_work, stack, archive, skus)
        requests = _requests(skus, images[:100])
        measured = _load(stack, background, requests, args.clients, args.seconds)
    _print(measured, args.clients, args.seconds)
    save_results("load", _results(measured, args.seconds))


def create_shop(stack: Stack, archive: Path) -> list[str]:
    """Create a shop with items, sales and lists; return its SKUs."""
    with Lookalike(stack.url) as client:
        client_view.ingest_s(client, archive, "shop")
        skus = [item.sku for item in itertools.islice(client.items("shop"), ITEMS)]
        upload_sales(stack, skus, seed=1)
        while client.recommender("shop").state().generation is None:
            time.sleep(POLL_S)
    return skus


def upload_sales(stack: Stack, skus: list[str], seed: int) -> None:
    """Upload sales that are generated from a seed."""
    url, kind = f"{stack.url}/v1/collections/shop/sales", {"content-type": "text/csv"}
    content = make_sales(skus, seed)
    httpx2.post(url, content=content, headers=kind, timeout=120).raise_for_status()


def make_sales(skus: list[str], seed: int) -> str:
    """Return a sales CSV with a few orders by every user, generated from the seed."""
    rng = random.Random(seed)
    lines = ["md5email,sku,order_id,zip,country,created_at"]
    for order in range(USERS * ORDERS):
        day = f"2026-{rng.randrange(1, 7):02}-{rng.randrange(1, 29):02}"
        lines += [
            f"u{order % USERS},{sku},{seed}-{order},10115,DE,{day}" for sku in rng.sample(skus, 2)
        ]
    return "\n".join(lines)


def _requests(skus: list[str], images: list[bytes]) -> dict[str, list[bytes]]:
    """Return requests of each kind."""
    shop = "/v1/collections/shop"
    lists = [f"{shop}/users/u{number}/recommendations" for number in range(USERS)]
    similar = [f"{shop}/items/{sku}/similar" for sku in skus]
    return {
        "list": [_get(path) for path in lists],
        "similar": [_get(path) for path in similar],
        "search": [multipart_request(f"{shop}/search", image) for image in images],
    }


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def _load(
    stack: Stack,
    background: Callable[[threading.Event], None],
    requests: dict[str, list[bytes]],
    clients: int,
    seconds: float,
) -> Measurements:
    measured, stop, port = Measurements(), threading.Event(), stack.settings.ports.api
    threads = [threading.Thread(target=background, args=(stop,))]
    threads += [
        threading.Thread(target=_run_client, args=(port, requests, number, measured, stop))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for wait in (min(WARM_UP_S, seconds / 4), seconds / 2, seconds / 2):
        stop.wait(wait)
        measured.memory.append(client_view.memory_mb(stack))
    stop.set()
    for thread in threads:
        thread.join()
    return measured


def _run_background_work(
    stack: Stack, archive: Path, skus: list[str], stop: threading.Event
) -> None:
    with Lookalike(stack.url, timeout=300) as client:
        for number in itertools.count():
            if stop.is_set():
                return
            upload_sales(stack, skus, seed=1000 + number)
            client_view.ingest_s(client, archive, f"filling-{number}")


def _run_client(
    port: int,
    requests: dict[str, list[bytes]],
    number: int,
    measured: Measurements,
    stop: threading.Event,
) -> None:
    rng = random.Random(number)
    with HttpConnection(port) as connection:
        while not stop.is_set():
            (kind,) = rng.choices(list(MIX), list(MIX.values()))
            started = time.perf_counter()
            try:
                status = connection.send(rng.choice(requests[kind]))
            except OSError as exc:
                measured.statuses[kind][type(exc).__name__] += 1
                return
            measured.statuses[kind][str(status)] += 1
            if status == 200:
                measured.took_ms[kind].append((time.perf_counter() - started) * 1000)
            else:
                stop.wait(RETRY_S)


def _print(measured: Measurements, clients: int, seconds: float) -> None:
    print(f"{clients} clients for {seconds:.0f} s during ingests and training")
    print(f"  {'':<9}  requests/s   p50 ms   p95 ms   p99 ms   statuses")
    for kind in MIX:
        took = measured.took_ms[kind]
        steps, rate = statistics.quantiles(took, n=100), len(took) / seconds
        latencies = "".join(f"{steps[at]:>9.0f}" for at in (49, 94, 98))
        print(f"  {kind:<9}{rate:>12.1f}{latencies}   {dict(measured.statuses[kind])}")
    print(f"target: p99 of lists and similar items {TARGET_P99_MS} ms, and 503 only for searches")
    print("memory in MB after the warm-up, in the middle and at the end")
    for name in measured.memory[0]:
        print(f"  {name:<16}", *(f"{sample.get(name, 0):>6}" for sample in measured.memory))


def _results(measured: Measurements, seconds: float) -> list[Result]:
    results = []
    for kind, took in measured.took_ms.items():
        p99, rate = statistics.quantiles(took, n=100)[98], len(took) / seconds
        results += [
            Result(name=f"p99, {kind}", rounds=(p99,), unit="ms", better="lower"),
            Result(name=f"{kind}s", rounds=(rate,), unit="requests/s", better="higher"),
        ]
    return results


if __name__ == "__main__":
    main()
