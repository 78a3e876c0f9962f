"""Popular items and substitutes, served by the API from the cache alone."""

import json
from collections import deque
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from hypothesis import Phase, given, settings

from api.app import create_app
from api.routes.recommendations import MAX_RECOMMENDATIONS
from core.domain import Availability, EncoderIdentity
from core.recommendations import Popular, Recommendation
from core.settings import Settings
from core.storage import Item
from tests.support.random_filters import ATTRIBUTES, FILTERS, passes
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

SHOP = "/v1/collections/shop"
PRICES = {"A": 10, "B": 13, "C": 7, "D": 13.01, "E": 6.99, "F": None, "G": 11, "H": 12}
STATES = {"A": Availability.OUT_OF_STOCK, "G": Availability.OUT_OF_STOCK, "H": Availability.HIDDEN}
POPULAR = {"": "ABCDEFGH", "DE": "CBG", "DE/10": "D"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The API with only Redis, in which lists were published."""
    data = tmp_path_factory.mktemp("storefront")
    with redis_server(data / "redis") as url:
        own = Settings(data=data, redis_url=url, cache_url=url)
        with TestClient(create_app(own), raise_server_exceptions=False) as client:
            publish(client.app.state.services)
            yield client


def publish(services):
    now = datetime.now(UTC)
    collection = services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
    attributes = {
        sku: {"kind": "hat" if sku in "BE" else "shoe"} | ({"price": price} if price else {})
        for sku, price in PRICES.items()
    }
    services.items(collection).put_all([
        Item(sku=sku, attributes=a, created_at=now, updated_at=now) for sku, a in attributes.items()
    ])
    services.item_cache.put_cards("shop", attributes)
    services.item_cache.go_live("shop", services.item_cache.begin("shop"), 1, STATES)
    rows = "".join(f"{sku}\tmain\t{900_000 - n}\n" for n, sku in enumerate("BCDEFGH"))
    services.similar.begin("shop", "token")
    services.similar.write("shop", [(sku, f"all\n{rows}".encode()) for sku in "AF"])
    services.similar.go_live("shop", "1", "token")
    lists = {
        region: [Recommendation(sku, 1.0, [Popular(region, 5, 30)]) for sku in skus]
        for region, skus in POPULAR.items()
    }
    services.lists.write_popular("shop", "g", lists)
    services.lists.go_live("shop", "g", hidden_skus=())


def popular(client, **params):
    answer = client.get(f"{SHOP}/popular", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def skus(rows):
    return "".join(row["sku"] for row in rows)


def test_popular_items_are_those_in_stock_of_the_whole_shop(client):
    body = popular(client, limit=3)
    assert (skus(body["items"]), body["filled"], body["generation"]) == ("BCD", 0, "g")
    assert body["items"][0]["reasons"][0]["kind"] == "popular"
    assert body["items"][0]["image_url"] == f"{SHOP}/items/B/image"
    assert "availability" not in body["items"][0]


@pytest.mark.parametrize(
    ("params", "expected", "filled"),
    [
        ({"country": "DE"}, "CBDEF", 3),
        ({"country": "DE", "zip": "10115"}, "DCBEF", 4),
        ({"country": "FR"}, "BCDEF", 0),
        ({"country": "DE", "limit": 2}, "CB", 0),
        ({"country": "DE", "include": "out_of_stock"}, "CBGADEF", 4),
        ({"exclude": "B,C"}, "DEF", 0),
        ({"filter": '{"kind": {"not": "shoe"}}'}, "BE", 0),
        ({"filter": '{"or": [{"price": {"lt": 7}}, {"price": {"exists": false}}]}'}, "EF", 0),
    ],
)
def test_popular_items_of_a_region_are_completed_from_larger_regions(
    client, params, expected, filled
):
    body = popular(client, **params)
    assert (skus(body["items"]), body["filled"]) == (expected, filled)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "BC"),
        ({"price_range": "0.31"}, "BCDE"),
        ({"price_range": "off"}, "BCDEF"),
        ({"price_range": "off", "limit": 2}, "BC"),
        ({"filter": '{"kind": "shoe"}'}, "C"),
        ({"filter": '{"price": {"gt": 8}}'}, "B"),
        ({"exclude": "B"}, "C"),
    ],
)
def test_substitutes_are_similar_in_stock_and_about_as_expensive(client, params, expected):
    answer = client.get(f"{SHOP}/items/A/substitutes", params=params)
    assert answer.status_code == 200, answer.text
    assert skus(answer.json()["matches"]) == expected


@pytest.mark.parametrize(
    ("path", "params", "status", "message"),
    [
        ("items/F/substitutes", {}, 422, "no attribute 'price' that is a number"),
        ("items/none/substitutes", {}, 404, "'none' does not exist"),
        ("items/A/substitutes", {"price_range": "cheap"}, 422, "price_range"),
        ("items/A/substitutes", {"price_range": -1}, 422, "price_range"),
        ("items/A/substitutes", {"filter": '{"or": 5}'}, 422, "`or` takes a list of filters"),
        ("popular", {"filter": "{"}, 422, "not valid JSON"),
        ("popular", {"days": 7}, 422, "days"),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused_with_the_reason(
    client, path, params, status, message
):
    answer = client.get(f"{SHOP}/{path}", params=params)
    assert answer.status_code == status, answer.text
    assert message in json.dumps(answer.json())


def test_filters_on_lists_pass_the_items_that_an_independent_oracle_passes(client):
    examples = deque(maxlen=MAX_RECOMMENDATIONS)

    @settings(max_examples=MAX_RECOMMENDATIONS, database=None, phases=[Phase.generate])
    @given(attributes=ATTRIBUTES)
    def fill(attributes):
        examples.append(attributes)

    fill()
    services, cards = client.app.state.services, {f"s{n}": a for n, a in enumerate(examples)}
    services.collections.create("random", encoder=EncoderIdentity("x", dim=8))
    services.item_cache.put_cards("random", cards)
    services.item_cache.go_live("random", services.item_cache.begin("random"), 1, {})
    services.lists.write_popular("random", "g", {"": [Recommendation(sku, 1, []) for sku in cards]})
    services.lists.go_live("random", "g", hidden_skus=())

    @settings(max_examples=100, deadline=None)
    @given(where=FILTERS)
    def check(where):
        params = {"filter": json.dumps(where), "limit": MAX_RECOMMENDATIONS}
        rows = client.get("/v1/collections/random/popular", params=params).json()["items"]
        assert [row["sku"] for row in rows] == [s for s, a in cards.items() if passes(where, a)]

    check()


def test_an_unknown_collection_has_no_popular_items(client):
    assert client.get("/v1/collections/other/popular").status_code == 404
    assert client.get("/v1/collections/other/items/A/substitutes").status_code == 404


@pytest.mark.parametrize(
    ("filter", "message"),
    [
        ({"colour": {"not": "red"}}, "no item has the attribute 'colour'"),
        ({"colour": {"exists": False}}, "no item has the attribute 'colour'"),
    ],
)
def test_bulk_changes_refuse_a_filter_that_a_misspelled_name_would_make_match_all_items(
    client, filter, message
):
    url = f"{SHOP}/items?filter={json.dumps(filter)}"
    for answer in (client.delete(url), client.patch(url, json={"attributes": {"a": 1}})):
        assert (answer.status_code, message in answer.json()["detail"]) == (422, True)
