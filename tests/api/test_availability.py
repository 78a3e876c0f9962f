"""Availability: what a request changes, and that nobody is shown a hidden item after it."""

from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.domain import Availability
from core.pipelines.item_cache import repair_availability, restore_items
from core.pipelines.services import no_heartbeat
from core.settings import Settings
from tests.support.published_shop import publish_shop
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

SKUS = [f"s{n:02}" for n in range(40)]
PATH = "/v1/collections/shop/availability"
CSV = {"Content-Type": "text/csv"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A shop of forty items, with a published list of all of them; without workers."""
    data = tmp_path_factory.mktemp("availability")
    with redis_server(data / "redis") as url:
        settings = Settings(data=data, redis_url=url, cache_url=url)
        with TestClient(create_app(settings)) as client:
            publish_shop(client.app.state.services, {sku: {"n": sku} for sku in SKUS})
            yield client


@pytest.fixture
def services(client):
    """The services of the API; afterwards, all items are in stock again."""
    yield client.app.state.services
    assert client.post(PATH, json=dict.fromkeys(SKUS, "in_stock")).status_code == 200


def unavailable(client, **params):
    items, cursor = [], None
    while True:
        page = client.get(PATH, params=params | ({"cursor": cursor} if cursor else {})).json()
        items += [(row["sku"], row["availability"]) for row in page["items"]]
        if not (cursor := page["next_cursor"]):
            return items


LIMIT = 20
KINDS = {
    "lists": ("users/ann/recommendations", "recommendations"),
    "similar": ("items/s30/similar", "matches"),
    "bought together": ("items/s30/bought-together", "items"),
    "popular": ("popular", "items"),
    "substitutes": ("items/s30/substitutes", "matches"),
    "basket": ("recommendations", "recommendations"),
    "export": ("recommendations?format=csv", None),
}


def served(client, kind):
    """The SKUs that an answer of this kind contains, best first."""
    path, member = KINDS[kind]
    url, params = f"/v1/collections/shop/{path}", {"limit": LIMIT}
    if kind == "export":
        return [row.split(",")[2] for row in client.get(url).text.split() if row[:4] == "bob,"]
    if kind == "basket":
        answer = client.post(url, json={"skus": ["s30", "s31"], **params})
    else:
        prices = {"price_range": "off"} if kind == "substitutes" else {}
        answer = client.get(url, params=params | prices)
    return [row["sku"] for row in answer.json()[member]]


def test_changes_are_counted_and_unknown_skus_named(client, services):
    first = client.post(PATH, json={"s01": "hidden", "s02": "out_of_stock", "nope": "hidden"})
    assert first.json() == {"changed": 2, "unchanged": 0, "unknown": 1, "unknown_skus": ["nope"]}
    table = "SKU;Availability\ns01;Hidden\ns03;Out of stock\n"
    second = client.post(PATH, content=table, headers=CSV)
    assert (second.json()["changed"], second.json()["unchanged"]) == (1, 1)
    expected = [("s01", "hidden"), ("s02", "out_of_stock"), ("s03", "out_of_stock")]
    assert unavailable(client) == unavailable(client, limit=2) == expected
    assert unavailable(client, state="hidden") == expected[:1]
    assert unavailable(client, state="in_stock") == []


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        ('{"s01": "sold"}', {}, 422, "known: in_stock, out_of_stock, hidden"),
        ('["s01"]', {}, 422, "entry 1"),
        ('{"s01": null}', {}, 422, "'None' is unknown"),
        ('{"s01": "hidden", "s01": "in_stock"}', {}, 422, "appears twice"),
        ("{}", {}, 422, "names no item"),
        ("3", {}, 422, "send an object"),
        ("sku,stock\ns01,hidden\n", CSV, 422, "columns sku and availability"),
        ("sku,availability\ns01,hidden\ns01,in_stock\n", CSV, 422, "line 3"),
        ("sku,availability\ns02,hidden\ns01,excluded\n", CSV, 422, "nothing was changed"),
        ("s01", {"Content-Type": "text/plain"}, 415, "application/json or text/csv"),
    ],
)
def test_an_invalid_request_changes_nothing_and_says_why(
    client, services, body, headers, status, words
):
    headers = {"Content-Type": "application/json"} | headers
    answer = client.post(PATH, content=body, headers=headers)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text
    assert unavailable(client) == []


@pytest.mark.parametrize("state", ["hidden", "out_of_stock"])
def test_while_eight_readers_read_nobody_is_served_an_unavailable_item_after_the_answer(
    client, services, state
):
    excluded, stop, stale, reads = set(), [], [], []

    def read(kind):
        while not stop:
            before = set(excluded)  # whatever was answered before this request
            skus = served(client, kind)
            reads.append(kind)
            stale.extend(before.intersection(skus))
            assert len(skus) == LIMIT

    kinds = cycle(KINDS)
    with ThreadPoolExecutor(8) as readers:
        futures = [readers.submit(read, next(kinds)) for _ in range(8)]
        for sku in SKUS[:6]:
            assert client.post(PATH, json={sku: state}).json()["changed"] == 1
            excluded.add(sku)
        stop.append(True)
        for future in futures:
            future.result()
    assert stale == []
    assert set(reads) == {*KINDS}
    for kind in KINDS:
        assert not excluded.intersection(served(client, kind))


def test_a_change_that_the_cache_missed_is_repaired(client, services):
    shop = services.collections.get("shop")
    services.availability(shop).change({"s01": Availability.HIDDEN}, 2**60, lambda: None)
    assert "s01" in served(client, "lists")  # its request was answered by 503
    assert repair_availability(services) == ["shop"]
    assert "s01" not in served(client, "lists")
    assert repair_availability(services) == []
    services.availability(shop).change({"s01": Availability.IN_STOCK}, 2**60 + 1, lambda: None)
    client.post(PATH, json={"s02": "hidden"})  # the next change brings both into the cache
    assert [sku for sku in SKUS[:3] if sku in served(client, "lists")] == ["s00", "s01"]


def test_a_lost_cache_is_restored_with_all_availabilities(client, services):
    shop = services.collections.get("shop")
    client.post(PATH, json={"s02": "hidden"})
    services.item_cache.drop("shop")
    assert services.item_cache.availabilities("shop", SKUS) is None
    assert "s02" not in served(client, "export")  # the store knows it
    client.post(PATH, json={"s04": "out_of_stock", "nope": "hidden"})
    restore_items(shop, services, no_heartbeat)
    states = {"s02": Availability.HIDDEN, "s04": Availability.OUT_OF_STOCK}
    assert services.item_cache.availabilities("shop", SKUS) == states
    assert services.item_cache.known("shop", [*SKUS, "nope"]) == set(SKUS)
