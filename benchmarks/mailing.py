"""`python -m benchmarks.mailing`: how long mailings take, and the peak memory of the API.

Memory is flat if ten times as many customers take about as much.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from api.dependencies import Services, open_services
from benchmarks.support.client_view import peaks_of
from benchmarks.support.results import Result, save_results
from core.domain import EncoderIdentity
from core.recommendations import (
    BoughtTogether,
    LooksLike,
    Popular,
    Purchase,
    Recommendation,
    UserLists,
)
from core.settings import Settings
from core.storage import Item
from lookalike.client import Lookalike
from tests.support.servers import free_port, redis_server, start_listening, stopping

GENERATION = "g1"
CUSTOMERS = (4_000, 40_000)
ITEMS, LISTED = 3_800, 40
TARGET_S = 15
LINK, IMAGE = "https://shop.example/p/{sku}", "https://shop.example/img/{sku}.jpg"
FORMATS: dict[str, dict[str, Any]] = {
    "csv": {}, "csv.gz": {"gzip": True}, "jsonl": {"format": "jsonl"},
}  # fmt: skip


def main() -> None:
    """Publish lists of each size, export them, then print and save the figures."""
    with tempfile.TemporaryDirectory() as folder, _api(Path(folder)) as (api, services, client):
        results = [
            result
            for customers in CUSTOMERS
            if _publish(services, f"shop-{customers}", customers)
            for kind in FORMATS
            for result in _measure(api, client, customers, kind)
        ]
    print(f"target: {TARGET_S} s for {CUSTOMERS[-1]:,} customers, with the same memory")
    save_results("mailing", results)


@contextmanager
def _api(folder: Path) -> Iterator[tuple[psutil.Process, Services, Lookalike]]:
    """Run Redis and the API; yield its process, services for its store, and a client."""
    port = free_port()
    with redis_server(folder / "redis") as url:
        addresses = {"LOOKALIKE_REDIS_URL": url, "LOOKALIKE_CACHE_URL": url}
        environment = os.environ | addresses | {
            "LOOKALIKE_DATA": str(folder), "LOOKALIKE_PORTS__API": str(port),
        }  # fmt: skip
        process = start_listening([sys.executable, "-m", "api"], port, env=environment)
        with stopping(process), Lookalike(f"http://127.0.0.1:{port}", timeout=60) as client:
            services = open_services(Settings(data=folder, redis_url=url, cache_url=url))
            yield psutil.Process(process.pid), services, client


def _measure(
    api: psutil.Process, client: Lookalike, customers: int, kind: str
) -> tuple[Result, Result]:
    recommender = client.recommender(f"shop-{customers}")
    cpu, started = sum(api.cpu_times()[:2]), time.perf_counter()
    with peaks_of(lambda: {"api": api.memory_info().rss >> 20}) as peaks:
        size = sum(map(len, recommender.mailing(link=LINK, image=IMAGE, **FORMATS[kind])))
    took, cpu = time.perf_counter() - started, sum(api.cpu_times()[:2]) - cpu
    print(
        f"{customers:>7,} customers, {kind:<7}{took:>6.1f} s, of which{cpu:>6.1f} s of CPU in the "
        f"API{size / 1e6:>7.1f} MB{peaks['api']:>6.0f} MB peak memory",
        flush=True,
    )
    label = f"{customers} customers, {kind}"
    return (
        Result(name=label, rounds=(took,), unit="s", better="lower"),
        Result(name=f"{label}, peak", rounds=(peaks["api"],), unit="MB", better="lower"),
    )


def _publish(services: Services, name: str, customers: int) -> bool:
    shop = services.collections.create(name, encoder=EncoderIdentity("x", dim=8))
    services.collections.learn_types(name, {"name": ["Thing"], "price": [1.5]})
    skus, now = [f"A-{n}" for n in range(ITEMS)], datetime.now(UTC)
    cards = ({"name": f"Thing {sku}", "price": 9.5} for sku in skus)
    items = [
        Item(sku=sku, attributes=card, created_at=now, updated_at=now)
        for sku, card in zip(skus, cards, strict=True)
    ]
    services.item_cache.put_cards(name, items)
    services.item_cache.go_live(name, services.item_cache.begin(name), 0, {})
    services.generations(shop).put_listed_skus(GENERATION, "popular", skus)
    services.lists.write(name, GENERATION, _lists(skus, customers))
    services.lists.go_live(name, GENERATION)
    return True


def _lists(skus: list[str], customers: int) -> Iterator[tuple[str, UserLists]]:
    rng = random.Random(0)
    for n in range(customers):
        bought = rng.sample(skus, 20)
        purchases = [Purchase(sku, "2026-06-01T12:00:00+00:00") for sku in bought]
        rows = [
            Recommendation(
                sku,
                round(3 - place / 20, 3),
                [BoughtTogether(bought[0], 7), LooksLike(bought[1], 0.83), Popular("DE", 31, 30)],
            )
            for place, sku in enumerate(rng.sample(skus, LISTED))
        ]
        yield f"{n:032x}", UserLists(8, purchases, rows)


if __name__ == "__main__":
    main()
