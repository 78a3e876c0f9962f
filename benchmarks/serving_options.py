"""`python -m benchmarks.serving_options`: what filters, groups and unavailable items cost.

Lists and similar items are requested in turns: without options, with a filter that half of the
items match, from a shop of which a tenth is out of stock, and from a shop with groups of four.
"""

import json
import random
import statistics
import tempfile
from pathlib import Path
from urllib.parse import quote

from redis import Redis

from benchmarks.serving import CLIENTS, ROUND_S, ROUNDS
from benchmarks.support import client_view
from benchmarks.support.http_load import get_request, run_clients
from benchmarks.support.results import Result, save_results
from core.attributes import AttributeType
from core.cache import CacheWriter, ItemCache, SimilarWriter
from core.domain import Availability
from core.recommendations import BoughtTogether, Reason, Recommendation, UserLists
from core.storage import Collections, open_backend
from lookalike.client import Lookalike
from tests.support.items import items_with

SKUS = [f"A-{number:03}" for number in range(200)]
USERS = 200
LISTED = 40
SIMILAR = 60
GROUP = 4
FILTER = "filter=" + quote(json.dumps({"kind": "dress"}))
TYPES = {
    "name": AttributeType.TEXT,
    "price": AttributeType.NUMBER,
    "kind": AttributeType.TEXT,
    "style": AttributeType.TEXT,
}
OPTIONS = {
    "plain": ("shop", ""),
    "10 % out of stock": ("part", ""),
    "with a filter": ("shop", FILTER),
    "grouped": ("grouped", ""),
}
TARGETS = {"10 % out of stock": 0.9, "with a filter": 0.4}
PATHS = {
    "lists": [f"users/u{number}/recommendations?limit=10" for number in range(USERS)],
    "similar items": [f"items/{sku}/similar?limit=10" for sku in SKUS],
}


def main() -> None:
    """Publish three shops, request lists and similar items in rounds, and print the rates."""
    with tempfile.TemporaryDirectory() as folder, client_view.new_stack(Path(folder)) as stack:
        redis = Redis.from_url(stack.settings.cache)
        with Lookalike(stack.url) as client:
            client.create_collection("shop")
            client.create_collection("part")
            client.create_collection("grouped", group_by="style")
        _record_types(stack.settings.store)
        publish(redis, "shop")
        publish(redis, "part", unavailable=0.1)
        publish(redis, "grouped")
        results = [
            result
            for label, paths in PATHS.items()
            for result in _compare(label, paths, stack.settings.ports.api)
        ]
        save_results("serving options", results)


def _record_types(store: str) -> None:
    """Record the types of the attributes, as imports do."""
    collections = Collections(open_backend(store))
    for collection in {name for name, _ in OPTIONS.values()}:
        collections.set_types(collection, TYPES)


def publish(redis: Redis, collection: str, unavailable: float = 0) -> None:
    """Write cards, lists and similar items; a share of the items is out of stock."""
    rng = random.Random(1)
    items = ItemCache(redis)
    token = items.begin(collection)
    attributes = {
        sku: {"name": f"Item {sku}", "price": 49.9, "kind": rng.choice(["dress", "coat"])}
        | {"style": f"style {number // GROUP}"}
        for number, sku in enumerate(SKUS)
    }
    items.put_cards(collection, items_with(attributes))
    missing = rng.sample(SKUS, round(unavailable * len(SKUS)))
    items.go_live(collection, token, 0, dict.fromkeys(missing, Availability.OUT_OF_STOCK))
    lists = CacheWriter(redis)
    rows = [(f"u{number}", _recommendations(rng)) for number in range(USERS)]
    lists.write(
        collection,
        "one",
        ((user, UserLists(orders=3, purchases=[], recommendations=row)) for user, row in rows),
    )
    lists.write_popular(collection, "one", {"": _recommendations(rng)})
    lists.go_live(collection, "one")
    similar = SimilarWriter(redis)
    similar.begin(collection, "one")
    similar.write(collection, ((sku, _similar(sku, rng)) for sku in SKUS))
    similar.go_live(collection, "one", "one")


def _recommendations(rng: random.Random) -> list[Recommendation]:
    reasons: list[Reason] = [BoughtTogether(SKUS[1], 12)]
    return [Recommendation(sku, 1.5, reasons) for sku in rng.sample(SKUS, LISTED)]


def _similar(sku: str, rng: random.Random) -> str:
    others = rng.sample([other for other in SKUS if other != sku], SIMILAR)
    lines = (f"{other}\tmain\t{990_000 - 1_000 * rank}\n" for rank, other in enumerate(others))
    return "\n" + "".join(lines)


def _compare(label: str, paths: list[str], port: int) -> list[Result]:
    requests = {
        option: [get_request(f"/v1/collections/{shop}/{path}&{query}") for path in paths]
        for option, (shop, query) in OPTIONS.items()
    }
    loads = [
        {name: run_clients(port, rows, CLIENTS, ROUND_S) for name, rows in requests.items()}
        for _ in range(ROUNDS)
    ]
    results = []
    for option in OPTIONS:
        name = f"{label}, {option}"
        rates = tuple(load[option].rate for load in loads)
        p99s = tuple(load[option].percentile_ms(99) for load in loads)
        ratios = tuple(load[option].rate / load["plain"].rate for load in loads)
        target = f"   (target {TARGETS[option]})" if option in TARGETS else ""
        rate, p99, ratio = map(statistics.median, (rates, p99s, ratios))
        print(f"{name:<34}{rate:>9.0f} requests/s{p99:>9.1f} ms p99   of plain {ratio:.2f}{target}")
        results += [
            Result(name=name, rounds=rates, unit="requests/s", better="higher"),
            Result(name=f"{name}, p99", rounds=p99s, unit="ms", better="lower"),
        ]
    return results


if __name__ == "__main__":
    main()
