"""Popular items and substitutes, served by the API from the cache alone."""

import json

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.attributes import AttributeType
from core.domain import Availability, EncoderIdentity
from core.recommendations import Popular, Recommendation
from core.recommender.training_report import SalesPeriod, TrainingReport
from core.settings import Settings
from tests.support.items import items_with
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

SHOP = "/v1/collections/shop"
PRICES = {"A": 10, "B": 13, "C": 7, "D": 13.01, "E": 6.99, "F": None, "G": 11, "H": 12}
STATES = {"A": Availability.OUT_OF_STOCK, "G": Availability.OUT_OF_STOCK, "H": Availability.HIDDEN}
POPULAR = {"": "ABCDEFGH", "DE": "CBG", "DE/10": "D", "7d:": "FAB", "7d:DE": "B"}


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
    collection = services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
    attributes = {
        sku: {"kind": "hat" if sku in "BE" else "shoe"} | ({"price": price} if price else {})
        for sku, price in PRICES.items()
    }
    services.items(collection).put_all(items_with(attributes))
    services.item_cache.put_cards("shop", items_with(attributes))
    services.item_cache.go_live("shop", services.item_cache.begin("shop"), 1, STATES)
    rows = "".join(f"{sku}\tmain\t{900_000 - n}\n" for n, sku in enumerate("BCDEFGH"))
    services.similar.begin("shop", "token")
    services.similar.write("shop", [(sku, f"all\n{rows}".encode()) for sku in "AF"])
    services.similar.go_live("shop", "1", "token")
    lists = {
        region: [Recommendation(sku, 1.0, [Popular(region, 5, 30)]) for sku in skus]
        for region, skus in POPULAR.items()
    }
    period = SalesPeriod(first="2026-09-11T08:00:00Z", last="2026-10-01T12:30:00Z")
    report = TrainingReport(period=period).model_dump(mode="json")
    services.generations(collection).put_report("g", report)
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
        ({"days": 7}, "FB", 0),
        ({"days": 7, "country": "DE"}, "BF", 1),
        ({"days": 7, "filter": '{"kind": "hat"}'}, "B", 0),
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


def test_the_answer_tells_which_orders_were_counted(client):
    last, whole = popular(client, days=7), popular(client)
    assert (last["since"], last["until"]) == ("2026-09-24T12:30:00Z", "2026-10-01T12:30:00Z")
    assert (whole["since"], whole["until"]) == ("2026-09-11T08:00:00Z", "2026-10-01T12:30:00Z")
    hint = "only 2 of the items that can be shown are best sellers of the last 7 days"
    assert (last["hint"], whole["hint"]) == (hint, None)


def test_days_are_refused_if_the_times_of_the_sales_are_unknown(client):
    services = client.app.state.services
    shop = services.collections.create("timeless", encoder=EncoderIdentity("x", dim=8))
    services.generations(shop).put_report("g", TrainingReport().model_dump(mode="json"))
    services.item_cache.go_live_empty("timeless")
    services.lists.write_popular("timeless", "g", {"": [], "7d:": []})
    services.lists.go_live("timeless", "g")
    answer = client.get("/v1/collections/timeless/popular", params={"days": 7})
    assert (answer.status_code, "times of this collection's sales" in answer.text) == (422, True)
    assert client.get("/v1/collections/timeless/popular").json()["since"] is None


def test_popular_items_show_one_of_each_group(client):
    services = client.app.state.services
    services.collections.set_group_by("shop", "kind")
    services.collections.set_types("shop", {"kind": AttributeType.TEXT})
    services.definitions.forget("shop")
    try:
        rows = popular(client)["items"]
        assert [(row["sku"], row["variants"]) for row in rows] == [
            ("B", ["E"]), ("C", ["D", "F"])
        ]  # fmt: skip
        assert skus(popular(client, group="false", limit=3)["items"]) == "BCD"
        limited = popular(client, group="false", at_most='{"kind": 1}')
        assert skus(limited["items"]) == "BC"
    finally:
        services.collections.set_group_by("shop", None)
        services.definitions.forget("shop")


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
        ("popular", {"days": 8}, 422, "days: Input should be 7, 30 or 90"),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused_with_the_reason(
    client, path, params, status, message
):
    answer = client.get(f"{SHOP}/{path}", params=params)
    assert answer.status_code == status, answer.text
    assert message in json.dumps(answer.json())


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
