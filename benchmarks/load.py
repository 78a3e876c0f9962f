"""`python -m benchmarks.load`: many clients, and twice as many, while a shop fills and trains.

Every client asks without a pause: a search, a page of items, an item, a list of recommendations.
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
WARM_S = 10


@dataclass
class Told:
    """What the clients of a round saw; milliseconds by kind, endings by kind and status."""

    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    memory: list[dict[str, int]] = field(default_factory=list)


def main() -> None:
    """Fill a shop, load it, load it twice as much, print both side by side."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        client_view.running(Path(folder) / "data") as stack,
    ):
        pictures = photos.photos(ITEMS)
        archive = Path(folder) / "photos.zip"
        photos.write_zip(archive, pictures)
        skus = _shop(stack, archive)
        rounds = [
            _round(stack, archive, skus, pictures[:100], clients, asked.seconds)
            for clients in (asked.clients, 2 * asked.clients)
        ]
    _print(rounds, asked.clients, asked.seconds)


def _shop(stack: Stack, archive: Path) -> list[str]:
    """A shop with items, sales and lists; its skus."""
    with Lookalike(stack.url) as client:
        client_view.ingest_s(client, archive, "shop")
        skus = [item.sku for item in itertools.islice(client.items("shop"), ITEMS)]
        sell(stack, skus, seed=1)
        while client.recommender("shop").state().generation is None:
            time.sleep(client_view.POLL_S)
    return skus


def sell(stack: Stack, skus: list[str], seed: int) -> None:
    """Send some orders of every customer, other ones for every seed."""
    dice = random.Random(seed)
    lines = ["md5email,sku,order_id,zip,country,created_at"]
    for order in range(USERS * ORDERS):
        day = f"2026-{dice.randrange(1, 7):02}-{dice.randrange(1, 29):02}"
        lines += [
            f"u{order % USERS},{sku},{seed}-{order},10115,DE,{day}" for sku in dice.sample(skus, 2)
        ]
    url, kind = f"{stack.url}/v1/collections/shop/sales", {"content-type": "text/csv"}
    httpx2.post(url, content="\n".join(lines), headers=kind, timeout=120).raise_for_status()


def _round(
    stack: Stack, archive: Path, skus: list[str], queries: list[bytes], clients: int, seconds: float
) -> Told:
    told, over = Told(), threading.Event()
    work = [threading.Thread(target=_work, args=(stack, archive, skus, over, clients))]
    work += [
        threading.Thread(target=_ask, args=(stack.url, skus, queries, number, told, over))
        for number in range(clients)
    ]
    for thread in work:
        thread.start()
    for wait in (min(WARM_S, seconds / 4), seconds / 2, seconds / 2):
        over.wait(wait)
        told.memory.append(client_view.memory_mb(stack))
    over.set()
    for thread in work:
        thread.join()
    return told


def _work(stack: Stack, archive: Path, skus: list[str], over: threading.Event, name: int) -> None:
    """An ingest and a training, again and again."""
    with Lookalike(stack.url, timeout=300) as client:
        for number in itertools.count():
            if over.is_set():
                return
            sell(stack, skus, seed=1000 * name + number)
            client_view.ingest_s(client, archive, f"filling-{name}-{number}")


def _ask(
    url: str, skus: list[str], queries: list[bytes], number: int, told: Told, over: threading.Event
) -> None:
    dice = random.Random(number)
    shop = f"{url}/v1/collections/shop"
    with httpx2.Client(timeout=60) as http:
        kinds = {
            "search": lambda: http.post(
                f"{shop}/search", files={"image": ("q.jpg", dice.choice(queries))}
            ),
            "items": lambda: http.get(f"{shop}/items", params={"limit": 20}),
            "item": lambda: http.get(f"{shop}/items/{dice.choice(skus)}"),
            "list": lambda: http.get(f"{shop}/users/u{dice.randrange(USERS)}/recommendations"),
        }
        for kind in itertools.cycle(dice.sample(list(kinds), len(kinds))):
            if over.is_set():
                return
            begun = time.perf_counter()
            try:
                answer = kinds[kind]()
            except httpx2.TransportError as exc:
                told.statuses[kind][type(exc).__name__] += 1
                continue
            told.statuses[kind][_ending(answer)] += 1
            if answer.status_code == 200:
                told.took_ms[kind].append((time.perf_counter() - begun) * 1000)
            else:
                over.wait(float(answer.headers.get("Retry-After", 1)))


def _ending(answer: httpx2.Response) -> str:
    later = "" if answer.status_code < 500 or "Retry-After" in answer.headers else " no Retry-After"
    return f"{answer.status_code}{later}"


def _print(rounds: list[Told], clients: int, seconds: float) -> None:
    print(f"{seconds:.0f} s, beside an ingest and a training; left {clients} clients, right twice")
    print(f"  {'':<9}{'   answers/s   p50 ms   p95 ms   p99 ms':<44}" * 2)
    for kind in rounds[0].took_ms:
        print("  " + "".join(f"{kind:<9}{_row(one.took_ms[kind], seconds):<44}" for one in rounds))
    for one, many in zip(rounds, (clients, 2 * clients), strict=True):
        print(f"\nstatuses, {many} clients: ", {k: dict(v) for k, v in one.statuses.items()})
        print("memory in MB, at the start, in the middle, at the end")
        for name in one.memory[0]:
            print(f"  {name:<16}", *(f"{at.get(name, 0):>6}" for at in one.memory))


def _row(took_ms: list[float], seconds: float) -> str:
    if len(took_ms) < 2:
        return "   too few"
    steps = statistics.quantiles(took_ms, n=100)
    rate = len(took_ms) / seconds
    return f"{rate:>12.1f}{steps[49]:>9.0f}{steps[94]:>9.0f}{steps[98]:>9.0f}"


if __name__ == "__main__":
    main()
