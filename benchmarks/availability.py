"""How long 100,000 changes of availability take, with the store and Redis B on this machine.

Prints the seconds of one request that changes them all, and the slowest reads of lists meanwhile.
Run with: python -m benchmarks.availability
"""

import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from fastapi.testclient import TestClient

from api.app import create_app
from core.domain import EncoderIdentity
from core.recommendations import Recommendation, UserLists
from core.settings import Settings
from core.storage import Recommender
from tests.support.items import items_with
from tests.support.servers import redis_server

ITEMS = 100_000
PATH = "/v1/collections/shop/availability"
LIST = "/v1/collections/shop/users/ann/recommendations"


def main() -> None:
    """Measure changes of all items to each state, as JSON and as CSV."""
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder) / "redis") as url:
        settings = Settings(data=Path(folder), redis_url=url, cache_url=url)
        with TestClient(create_app(settings)) as client:
            skus = fill(client)
            for state in ("out_of_stock", "hidden", "in_stock"):
                seconds, reads = measure(client, skus, state)
                p99 = np.percentile(reads, 99) * 1000
                print(
                    f"{ITEMS:,} items {state}: {seconds:.2f} s; lists meanwhile: "
                    f"{len(reads):,} reads, p99 {p99:.0f} ms, slowest {max(reads) * 1000:.0f} ms"
                )


def fill(client: TestClient) -> list[str]:
    """Create a shop with cards and one list; return the SKUs of the items."""
    services = client.app.state.services
    shop = services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
    skus = [f"item-{n}" for n in range(ITEMS)]
    attributes = {sku: {"price": 9.9, "kind": "dress"} for sku in skus}
    services.item_cache.put_cards("shop", items_with(attributes))
    services.item_cache.go_live("shop", services.item_cache.begin("shop"), 0, {})
    rows = [Recommendation(sku, 1, []) for sku in skus[:40]]
    services.generations(shop).put_recommender(Recommender(live="g1"))
    services.lists.write("shop", "g1", [("ann", UserLists(0, [], rows))])
    services.lists.write_popular("shop", "g1", {"": rows})
    services.lists.go_live("shop", "g1")
    print(f"measured at {datetime.now(UTC):%Y-%m-%d %H:%M}")
    return skus


def measure(client: TestClient, skus: list[str], state: str) -> tuple[float, list[float]]:
    """Return the seconds of the request, and the seconds of each read of a list meanwhile."""
    reads: list[float] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            started = time.perf_counter()
            client.get(LIST).raise_for_status()
            reads.append(time.perf_counter() - started)

    reader = threading.Thread(target=read)
    reader.start()
    started = time.perf_counter()
    answer = client.post(PATH, json=dict.fromkeys(skus, state))
    seconds = time.perf_counter() - started
    done.set()
    reader.join()
    assert answer.json()["changed"] == len(skus), answer.text
    return seconds, reads


if __name__ == "__main__":
    main()
