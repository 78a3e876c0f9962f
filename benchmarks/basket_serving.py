"""`python -m benchmarks.basket_serving`: basket recommendations per second, and their exactness.

A generated shop has 2,000 items with 50 links each. Baskets of 1 to 5 items are sent; the minimal
routes make one Redis GET and return the same bytes. All routes take turns in every round. Before,
each answer is compared with a sum over the links that were published.
"""

import json
import random
import statistics
import tempfile
from pathlib import Path

import httpx2
from redis import Redis

from benchmarks.serving import BARE, CLIENTS, ROUND_S, ROUNDS, run_bare_route
from benchmarks.support import client_view
from benchmarks.support.http_load import get_request, run_clients
from benchmarks.support.results import Result, save_results
from core.cache import CacheWriter, ItemCache
from core.item_links import MILLION, LinkSummary, to_text
from core.recommendations import Popular, Recommendation
from core.serving.baskets import RECENCY
from lookalike.client import Lookalike
from tests.support.items import items_with

ITEMS = 2_000
LINKS = 50
BASKETS = 200
LIMIT = 10
TARGET = 0.5
PATH = "/v1/collections/shop/recommendations"

Links = dict[str, dict[str, int]]


def main() -> None:
    """Publish links, check the answers, request them in rounds, and print the rates."""
    rng = random.Random(1)
    links = _generate_links(rng)
    baskets = [rng.sample(sorted(links), rng.randint(1, 5)) for _ in range(BASKETS)]
    with tempfile.TemporaryDirectory() as folder, client_view.new_stack(Path(folder)) as stack:
        with Lookalike(stack.url) as client:
            client.create_collection("shop")
        redis = Redis.from_url(stack.settings.cache)
        publish(redis, links)
        port = stack.settings.ports.api
        for number, basket in enumerate(baskets):
            body = {"skus": basket, "limit": LIMIT}
            answer = httpx2.post(f"http://127.0.0.1:{port}{PATH}", json=body).raise_for_status()
            check(answer.json(), basket, links)
            redis.set(f"bare:u{number}", answer.content)
        print(f"{BASKETS} answers equal the sums over the published links")
        requests = [post_request(PATH, {"skus": basket, "limit": LIMIT}) for basket in baskets]
        with run_bare_route(stack.settings.cache) as bare_port:
            bare = {
                kind: (bare_port, [get_request(f"/{kind}/u{n}") for n in range(BASKETS)])
                for kind in BARE
            }
            _run_rounds({"ours": (port, requests), **bare})


def _generate_links(rng: random.Random) -> Links:
    skus = [f"SKU-{number:05}" for number in range(ITEMS)]
    return {
        sku: {other: rng.randint(1, 200_000) for other in rng.sample(skus, LINKS) if other != sku}
        for sku in skus
    }


def publish(redis: Redis, links: Links) -> None:
    """Write a generation with these links, one popular item, and a card for each item."""
    popular = [Recommendation("SKU-00000", 2.0, [Popular("", 9, 30)])]
    rows = (
        (
            sku,
            to_text([
                (other, 3, 2.5, weight)
                for other, weight in sorted(linked.items(), key=lambda row: -row[1])
            ]),
        )
        for sku, linked in links.items()
    )
    lists = CacheWriter(redis)
    lists.write_links("shop", "one", LinkSummary(1_000, 0.0), rows)
    lists.write_popular("shop", "one", {"": popular})
    lists.go_live("shop", "one")
    publish_cards(redis, links)


def publish_cards(redis: Redis, links: Links) -> None:
    """Write the cards of all items."""
    attributes = {sku: {"name": f"Item {sku}", "price": 49.9, "kind": "dress"} for sku in links}
    items = ItemCache(redis)
    token = items.begin("shop")
    items.put_cards("shop", items_with(attributes))
    items.go_live("shop", token, 0, {})


def check(answer: dict[str, object], basket: list[str], links: Links) -> None:
    """Compare an answer with the sum over all links of the basket.

    Raises:
        AssertionError: they differ.
    """
    scores: dict[str, float] = {}
    for age, sku in enumerate(reversed(basket)):
        for other, weight in links[sku].items():
            scores[other] = scores.get(other, 0.0) + RECENCY**age * weight / MILLION
    expected = {sku: score for sku, score in scores.items() if sku not in basket}
    rows = json.loads(json.dumps(answer["recommendations"]))
    best = sorted(expected.values(), reverse=True)[:LIMIT]
    answered = [row["score"] for row in rows]
    if len(answered) != LIMIT or any(
        abs(score - wanted) > 2e-6 or abs(score - expected[row["sku"]]) > 2e-6
        for score, wanted, row in zip(answered, best, rows, strict=True)
    ):
        raise AssertionError(f"{basket}: {rows} instead of scores {best}")


def post_request(path: str, body: dict[str, object]) -> bytes:
    """Return a POST request with a JSON body."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def _run_rounds(sides: dict[str, tuple[int, list[bytes]]]) -> None:
    loads = [
        {name: run_clients(*side, CLIENTS, ROUND_S) for name, side in sides.items()}
        for _ in range(ROUNDS)
    ]
    results = []
    for side, name in {"ours": f"POST {PATH}", **BARE}.items():
        rates = tuple(load[side].rate for load in loads)
        p99s = tuple(load[side].percentile_ms(99) for load in loads)
        ratios = tuple(load["ours"].rate / load[side].rate for load in loads)
        rate, p99, ratio = map(statistics.median, (rates, p99s, ratios))
        print(f"{name:<44}{rate:>9.0f} requests/s{p99:>9.1f} ms p99   ours / this {ratio:.2f}")
        results += [
            Result(name=name, rounds=rates, unit="requests/s", better="higher"),
            Result(name=f"{name}, p99", rounds=p99s, unit="ms", better="lower"),
        ]
        if side in BARE:
            share = f"share of the {name}"
            results.append(Result(name=share, rounds=ratios, unit="ratio", better="higher"))
    print(f"target: {TARGET} of the {BARE['thread']}, as for lists")
    save_results("basket serving", results)


if __name__ == "__main__":
    main()
