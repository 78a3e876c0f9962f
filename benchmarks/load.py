"""`python -m benchmarks.load`: many clients, then twice as many, during ingests and training.

Each client requests a search, a page of items, an item and a recommendation list without a pause.
"""

import argparse
import itertools
import random
import statistics
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from benchmarks.support import client_view, photos
from embedded.stack import Stack
from lookalike.client import Lookalike

CLIENTS = 50
SECONDS = 180
ITEMS = 1000
USERS, ORDERS = 500, 6
WARM_UP_S = 10
POLL_S = 0.5


@dataclass
class RoundResult:
    """Latencies per kind of request, responses per kind and status, and memory samples."""

    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    memory: list[dict[str, int]] = field(default_factory=list)


def main() -> None:
    """Fill a shop, load it with both numbers of clients, and print the results side by side."""
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
        rounds = [
            _run_round(stack, archive, skus, images[:100], clients, args.seconds)
            for clients in (args.clients, 2 * args.clients)
        ]
    _print(rounds, args.clients, args.seconds)


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


def _run_round(
    stack: Stack, archive: Path, skus: list[str], queries: list[bytes], clients: int, seconds: float
) -> RoundResult:
    result, stop = RoundResult(), threading.Event()
    threads = [
        threading.Thread(target=_run_background_work, args=(stack, archive, skus, stop, clients))
    ]
    threads += [
        threading.Thread(target=_run_client, args=(stack.url, skus, queries, number, result, stop))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for wait in (min(WARM_UP_S, seconds / 4), seconds / 2, seconds / 2):
        stop.wait(wait)
        result.memory.append(client_view.memory_mb(stack))
    stop.set()
    for thread in threads:
        thread.join()
    return result


def _run_background_work(
    stack: Stack, archive: Path, skus: list[str], stop: threading.Event, name: int
) -> None:
    with Lookalike(stack.url, timeout=300) as client:
        for number in itertools.count():
            if stop.is_set():
                return
            upload_sales(stack, skus, seed=1000 * name + number)
            client_view.ingest_s(client, archive, f"filling-{name}-{number}")


def _run_client(
    url: str,
    skus: list[str],
    queries: list[bytes],
    number: int,
    result: RoundResult,
    stop: threading.Event,
) -> None:
    rng = random.Random(number)
    shop = f"{url}/v1/collections/shop"
    with httpx2.Client(timeout=60) as http:
        kinds = {
            "search": lambda: http.post(
                f"{shop}/search", files={"image": ("q.jpg", rng.choice(queries))}
            ),
            "items": lambda: http.get(f"{shop}/items", params={"limit": 20}),
            "item": lambda: http.get(f"{shop}/items/{rng.choice(skus)}"),
            "list": lambda: http.get(f"{shop}/users/u{rng.randrange(USERS)}/recommendations"),
        }
        for kind in itertools.cycle(rng.sample(list(kinds), len(kinds))):
            if stop.is_set():
                return
            started = time.perf_counter()
            try:
                response = kinds[kind]()
            except httpx2.TransportError as exc:
                result.statuses[kind][type(exc).__name__] += 1
                continue
            result.statuses[kind][_status(response)] += 1
            if response.status_code == 200:
                result.took_ms[kind].append((time.perf_counter() - started) * 1000)
            else:
                stop.wait(float(response.headers.get("Retry-After", 1)))


def _status(response: httpx2.Response) -> str:
    complete = response.status_code < 500 or "Retry-After" in response.headers
    return f"{response.status_code}{'' if complete else ' no Retry-After'}"


def _print(rounds: list[RoundResult], clients: int, seconds: float) -> None:
    print(f"{seconds:.0f} s during ingests and training")
    print(f"left: {clients} clients; right: {2 * clients} clients")
    print(f"  {'':<9}{'  requests/s   p50 ms   p95 ms   p99 ms':<44}" * 2)
    for kind in rounds[0].took_ms:
        rows = (f"{kind:<9}{_row(result.took_ms[kind], seconds):<44}" for result in rounds)
        print("  " + "".join(rows))
    for result, count in zip(rounds, (clients, 2 * clients), strict=True):
        print(f"\nstatuses, {count} clients: ", {k: dict(v) for k, v in result.statuses.items()})
        print("memory in MB at the start, in the middle and at the end")
        for name in result.memory[0]:
            print(f"  {name:<16}", *(f"{sample.get(name, 0):>6}" for sample in result.memory))


def _row(took_ms: list[float], seconds: float) -> str:
    if len(took_ms) < 2:
        return "   too few"
    steps = statistics.quantiles(took_ms, n=100)
    rate = len(took_ms) / seconds
    return f"{rate:>12.1f}{steps[49]:>9.0f}{steps[94]:>9.0f}{steps[98]:>9.0f}"


if __name__ == "__main__":
    main()
