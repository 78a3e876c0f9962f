"""A mailing: a row per customer with the items of their list, for an e-mail template."""

import csv
import gzip
import hashlib
import io
import json
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.domain import EncoderIdentity
from core.recommendations import (
    BoughtBefore,
    BoughtTogether,
    LooksLike,
    Popular,
    Purchase,
    Recommendation,
    UserLists,
)
from core.recommender.training_report import SalesPeriod, TrainingReport
from core.settings import Settings
from core.storage import Keys, Role, open_backend
from tests.support.published_shop import GENERATION, publish_shop
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

ANN, BOB = (hashlib.md5(name.encode()).hexdigest() for name in ("ann@a.example", "bob@b.example"))
LINK = "https://shop.example/p/{sku}"
ITEMS = {
    "hat 1": {"name": "Blue hat", "price": 19.5, "kind": "hat"},
    "H/2": {"name": "=Red hat", "price": 20, "kind": "hat", "style": "s"},
    "D3": {"name": "Dress, long", "kind": "dress", "style": "s"},
    "D4": {"name": "Short dress", "price": 30, "kind": "dress", "pic": "https://cdn.example/4 a"},
    "D5": {"price": 31, "kind": "dress"},  # without a title
    "D6": {"name": "Sold dress", "price": 9, "kind": "dress"},
    "D7": {"name": "Hidden dress", "price": 8, "kind": "dress"},
}  # fmt: skip
POPULAR = Popular("", 9, 30)
LISTS = {
    ANN: UserLists(2, [Purchase("D6", "2026-05-31T10:00:00+00:00")], [
        Recommendation("D7", 9.0, [POPULAR]),
        Recommendation("D5", 8.0, [POPULAR]),
        Recommendation("H/2", 7.0, [BoughtTogether("D6", 5)]),
        Recommendation("D3", 6.0, [LooksLike("D7", 0.9), BoughtBefore(2)]),
        Recommendation("hat 1", 5.0, [LooksLike("gone", 0.9)]),
    ]),
    BOB: UserLists(1, [Purchase("hat 1", "2026-03-01T10:00:00+00:00")], [
        Recommendation("D6", 2.0, [POPULAR]),
        Recommendation("D4", 1.0, [POPULAR]),
    ]),
}  # fmt: skip
BEST_SELLERS = [Recommendation(sku, 1.0, [POPULAR]) for sku in ("hat 1", "D7", "H/2", "D4")]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    data = tmp_path_factory.mktemp("mailing")
    with redis_server(data / "redis") as url:
        own = Settings(data=data, redis_url=url, cache_url=url)
        _, key = Keys(open_backend(own.store)).create("mailings", Role.ADMIN)
        with TestClient(create_app(own)) as client:
            client.headers["Authorization"] = f"Bearer {key}"
            services = client.app.state.services
            shop = publish_shop(services, ITEMS)
            observed = {name: ["text"] for name in ("name", "kind", "style", "pic")}
            services.collections.learn_types("shop", observed | {"price": [19.5]})
            states = {"D6": "out_of_stock", "D7": "hidden"}
            assert client.post("/v1/collections/shop/availability", json=states).is_success
            store = services.generations(shop)
            store.put_listed_skus(GENERATION, "popular", ITEMS)
            period = SalesPeriod(first="2025-01-01T00:00:00Z", last="2026-06-01T00:00:00Z")
            store.put_report(GENERATION, TrainingReport(period=period).model_dump(mode="json"))
            services.lists.drop("shop", GENERATION)
            services.lists.write("shop", GENERATION, LISTS.items())
            services.lists.write_popular("shop", GENERATION, {"": BEST_SELLERS})
            yield client


def get(client, **params):
    return client.get("/v1/collections/shop/mailing", params={"link": LINK} | params)


def skus(client, **params):
    answer = get(client, format="jsonl", **params)
    rows = map(json.loads, answer.text.splitlines())
    return {row["user"]: [item["sku"] for item in row["items"]] for row in rows}


def test_a_row_has_a_customer_and_what_an_email_shows_of_each_item(client):
    bob, ann = map(json.loads, get(client, items=2, format="jsonl").text.splitlines())
    picture = urlsplit(ann["items"][0].pop("image_url"))
    assert picture[:3] == ("http", "testserver", "/v1/collections/shop/items/H%2F2/image")
    signed = dict(parse_qsl(picture.query))
    assert int(signed["expires"]) > time.time() + 89 * 86_400  # an e-mail is opened weeks later
    assert len(signed["signature"]) > 20
    assert (ann["user"], bob["user"]) == (ANN, BOB)
    assert ann["items"][0] == {
        "sku": "H/2", "title": "=Red hat", "price": 20,
        "link": "https://shop.example/p/H%2F2", "reason": "Often bought together with Sold dress",
        "reason_kind": "bought_together", "reason_title": "Sold dress",
    }  # fmt: skip
    dress = ann["items"][1]  # its first reason names a hidden item
    assert (dress["price"], dress["reason"]) == (None, "You bought this before")
    assert [item["sku"] for item in bob["items"]] == ["D4", "H/2"]  # the second is popular


def test_a_csv_has_the_same_cells_in_columns_without_formulas(client):
    answer = get(client, items=4)
    head, bob, ann = csv.reader(io.StringIO(answer.text))
    fields = ["sku", "title", "price", "image_url", "link"]
    fields += ["reason", "reason_kind", "reason_title"]
    assert head == ["user", *(f"item_{n}_{name}" for n in range(1, 5) for name in fields)]
    assert ann[:4] == [ANN, "H/2", "'=Red hat", "20"]
    assert ann[17:20] == ["hat 1", "Blue hat", "19.50"]
    assert ann[22:25] == ["Chosen for you", "other", ""]
    assert [len(row) for row in (ann, bob)] == [33, 33]
    assert bob[17:] == [""] * 16  # only two items are left for this customer
    packed = get(client, items=4, gzip=True)
    assert gzip.decompress(packed.content) == answer.content
    assert packed.headers["content-disposition"] == 'attachment; filename="shop-mailing.csv.gz"'


def test_reasons_are_in_the_language_of_the_request(client):
    answer = get(client, format="jsonl", language="de", items=3).text
    _, ann = map(json.loads, answer.splitlines())
    assert [item["reason"] for item in ann["items"]] == [
        "Oft zusammen mit „Sold dress“ gekauft", "Schon einmal gekauft", "Persönlich ausgewählt",
    ]  # fmt: skip
    assert [item["reason_kind"] for item in ann["items"]] == [
        "bought_together", "bought_before", "other",
    ]  # fmt: skip


def test_a_csv_for_excel_differs_only_by_the_mark_of_utf_8(client):
    marked = get(client, bom=True, language="fr")
    assert marked.content == b"\xef\xbb\xbf" + get(client, language="fr").content


def test_no_address_and_no_name_of_a_customer_is_in_it(client):
    text = get(client, items=20).text
    assert (ANN in text, "@" in text) == (True, False)


@pytest.mark.parametrize(
    ("params", "ann", "bob"),
    [
        ({}, ["H/2", "D3", "hat 1", "D4"], ["D4", "H/2"]),
        ({"items": 1}, ["H/2"], ["D4"]),
        ({"include": "out_of_stock"}, ["H/2", "D3", "hat 1", "D4"], ["D6", "D4", "H/2"]),
        ({"filter": '{"kind": "dress"}'}, ["D3", "D4"], ["D4"]),
        ({"filter": '{"price": {"lt": 20}}'}, ["hat 1"], None),
        ({"image": "pic"}, ["D4"], ["D4"]),
        ({"bought_within": 1}, ["H/2", "D3", "hat 1", "D4"], None),
        ({"bought_within": 93}, ["H/2", "D3", "hat 1", "D4"], ["D4", "H/2"]),
        ({"bought_within": 91}, ["H/2", "D3", "hat 1", "D4"], None),
    ],
)
def test_options_choose_customers_and_items(client, params, ann, bob):
    expected = {user: list for user, list in ((ANN, ann), (BOB, bob)) if list}
    assert skus(client, **params) == expected


def test_spaces_in_addresses_of_pictures_are_encoded(client):
    assert "https://cdn.example/4%20a" in get(client, image="pic", items=1).text


@pytest.mark.parametrize("group", [None, "style"])
@pytest.mark.parametrize("rules", [[], ["pin", "bury"], ["exclude"]])
def test_the_items_are_those_that_each_customers_list_shows(client, group, rules):
    named = {"pin": {"skus": ["D4"], "position": 1}, "bury": {"filter": {"kind": "hat"}},
             "exclude": {"skus": ["D3"]}}  # fmt: skip
    body = [{"id": n, "action": n, "placement": ["lists"], **named[n]} for n in rules]
    assert client.put("/v1/collections/shop/rules", json={"rules": body}).is_success
    client.app.state.services.collections.set_group_by("shop", group)
    client.app.state.services.definitions.forget("shop")
    for user, items in skus(client, items=3).items():
        url = f"/v1/collections/shop/users/{user}/recommendations"
        titled = {"filter": '{"name": {"exists": true}}', "limit": 3}
        listed = client.get(url, params=titled).json()["recommendations"]
        assert items == [row["sku"] for row in listed]
    client.put("/v1/collections/shop/rules", json={"rules": []})
    client.app.state.services.collections.set_group_by("shop", None)
    client.app.state.services.definitions.forget("shop")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"link": ""}, "link: no item has an attribute `link` or `url`; say where it is"),
        ({"link": "page"}, "link: no item has an attribute 'page'; known: kind, name"),
        ({"link": "https://shop.example"}, "link: put {sku} into 'https://shop.example'"),
        ({"link": "shop.example/{sku}"}, "must start with https://"),
        ({"title": "caption"}, "title: no item has an attribute 'caption'"),
        ({"price": "cost"}, "price: no item has an attribute 'cost'"),
        ({"filter": '{"price": "cheap"}'}, "price"),
        ({"items": 0}, "items"),
        ({"language": "xx"}, "language"),
        ({"bom": True, "format": "jsonl"}, "bom: only a CSV file"),
        ({"bought_within": 0}, "bought_within"),
    ],
)
def test_a_wrong_option_is_refused_by_name(client, params, words):
    answer = get(client, **params)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_pictures_at_an_address_that_only_this_machine_can_open_are_refused(client):
    answer = client.get("http://127.0.0.1:8000/v1/collections/shop/mailing", params={"link": LINK})
    assert (answer.status_code, "image: nobody else" in answer.json()["detail"]) == (422, True)


def test_lists_that_the_cache_has_lost_are_restored_before_they_are_exported(client):
    services = client.app.state.services
    services.lists.drop("shop", GENERATION)
    answer = get(client)
    assert (answer.status_code, "being refilled" in answer.json()["detail"]) == (503, True)
    services.lists.write("shop", GENERATION, LISTS.items())
    assert get(client).status_code == 200


def test_without_lists_the_error_says_what_to_do(client):
    client.app.state.services.collections.create("new", encoder=EncoderIdentity("x", dim=8))
    answer = client.get("/v1/collections/new/mailing")
    assert (answer.status_code, "upload its sales" in answer.json()["detail"]) == (404, True)
