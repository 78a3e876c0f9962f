"""The availability of single items: changed, listed, and hidden from keys that only read."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.middleware.current_key import current_key
from api.services.index_hints import explain_index
from core.attributes import AttributeType
from core.cache.search_messages import PageEnd, SearchRequest
from core.domain import EncoderIdentity
from core.item_links import LinkSummary, to_text
from core.pipelines.item_cache import restore_items
from core.pipelines.services import no_heartbeat
from core.rules import Action, Placement, Rule
from core.settings import Settings
from core.storage import Item, ItemImage, Keys, Role
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

SHOP = "/v1/collections/shop"
STATES = {"A": None, "B": "out_of_stock", "C": "hidden", "D": None, "E/1": "hidden"}
OWN = {"C": {"secret": 1}}
"""The attributes that only one item has."""
JPEG = b"the bytes of an image"
EXCLUDE_A = Rule(id="a", placement=(Placement.SEARCH,), action=Action.EXCLUDE, skus=("A",))


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    data = tmp_path_factory.mktemp("item-availability")
    with redis_server(data / "redis") as url:
        app = create_app(Settings(data=data, redis_url=url, cache_url=url))
        with TestClient(app) as client:
            services, now = app.state.services, datetime.now(UTC)
            shop = services.collections.create("shop", encoder=EncoderIdentity("x", dim=8))
            image = ItemImage(view="main", file="ab-x", sha256="ab" * 32, format="JPEG", width=1,
                              height=1, bytes=len(JPEG))  # fmt: skip
            services.items(shop).put_images([(image.file, JPEG)])
            services.items(shop).put_all(
                Item(sku=sku, attributes={"n": n % 2} | OWN.get(sku, {}), images=(image,),
                     created_at=now, updated_at=now)
                for n, sku in enumerate(STATES)
            )  # fmt: skip
            restore_items(shop, services, no_heartbeat)
            yield client


@pytest.fixture(scope="module")
def app(client):
    return client.app


@pytest.fixture(scope="module")
def keys(app):
    """A client for each role."""
    store, clients = Keys(app.state.services.files), {}
    for role in (Role.ADMIN, Role.WRITE, Role.READ):
        headers = {"Authorization": f"Bearer {store.create(role, role)[1]}"}
        clients[role.value] = TestClient(app, headers=headers)
    return SimpleNamespace(**clients)


@pytest.fixture(autouse=True)
def states(app, keys):
    body = {sku: state or "in_stock" for sku, state in STATES.items()}
    assert keys.write.post(f"{SHOP}/availability", json=body).status_code == 200


def listed(client, **params):
    """The SKUs and availabilities of all pages; None if there is no availability."""
    rows, cursor = {}, ""
    while cursor is not None:
        page = client.get(f"{SHOP}/items", params=params | {"cursor": cursor}).json()
        rows |= {item["sku"]: item.get("availability") for item in page["items"]}
        cursor = page["next_cursor"]
    return rows


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_a_list_shows_and_filters_availabilities(keys, limit):
    assert listed(keys.write, limit=limit) == listed(keys.admin, limit=limit) == STATES
    for state in ("in_stock", "out_of_stock", "hidden"):
        expected = {sku: s for sku, s in STATES.items() if (s or "in_stock") == state}
        assert listed(keys.write, limit=limit, availability=state) == expected
    assert listed(keys.write, availability="hidden", filter='{"n": 1}') == {}
    assert listed(keys.write, availability="out_of_stock", filter='{"n": 1}') == {"B": STATES["B"]}


@pytest.mark.parametrize("limit", [1, 50])
def test_items_are_listed_by_their_skus(keys, limit):
    some = {"skus": "C,E/1,A,A,nope"}
    assert listed(keys.write, limit=limit, **some) == {
        sku: STATES[sku] for sku in ("A", "C", "E/1")
    }
    assert listed(keys.read, limit=limit, **some) == {"A": None}
    only = {"in_stock": {"A"}, "out_of_stock": set(), "hidden": {"C", "E/1"}}
    for state, expected in only.items():
        assert set(listed(keys.write, availability=state, **some)) == expected
    too_many = ",".join(map(str, range(201)))
    assert keys.read.get(f"{SHOP}/items", params={"skus": too_many}).status_code == 422


def test_a_key_that_only_reads_does_not_see_hidden_items(keys):
    visible = {sku: state for sku, state in STATES.items() if state != "hidden"}
    assert listed(keys.read) == listed(keys.read, limit=1) == visible
    assert keys.read.get(f"{SHOP}/items?availability=hidden").status_code == 403
    assert listed(keys.read, availability="out_of_stock") == {"B": "out_of_stock"}
    missing = keys.read.get(f"{SHOP}/items/nope").json()["detail"]
    for sku in ("C", "E%2F1"):
        for path in (f"items/{sku}", f"items/{sku}/image", f"items/{sku}/image?size=64"):
            assert keys.write.get(f"{SHOP}/{path}").status_code != 404
            answer = keys.read.get(f"{SHOP}/{path}")
            assert answer.status_code == 404
            assert answer.json()["detail"] == missing.replace("nope", sku.replace("%2F", "/"))
            assert keys.read.head(f"{SHOP}/{path}").status_code == 404
    image = keys.write.get(f"{SHOP}/items/C/image")
    headers = {"If-None-Match": image.headers["ETag"]}
    assert keys.write.get(f"{SHOP}/items/C/image", headers=headers).status_code == 304
    assert keys.read.get(f"{SHOP}/items/C/image", headers=headers).status_code == 404
    assert keys.read.get(f"{SHOP}/items/B/image").content == JPEG


def test_a_hint_names_no_attribute_that_only_hidden_items_have(keys):
    params = {"filter": '{"colour": "red"}'}
    hints = [
        client.get(f"{SHOP}/items", params=params).json()["hint"]
        for client in (keys.write, keys.read)
    ]
    assert ["secret" in hint for hint in hints] == [True, False]


def index_hint(app, role=None, **query):
    """The hint for a search that matches nothing, asked with a key of this role."""
    services = app.state.services
    key = Keys(services.files).create("hint", role)[0] if role else None
    token = current_key.set(key)
    try:
        request = SearchRequest(collection="shop", **query)
        return explain_index(request, services.collections.get("shop"), services)
    finally:
        current_key.reset(token)


def test_only_keys_that_can_write_learn_that_an_index_lacks_images(app):
    hints = [index_hint(app, role) for role in (Role.WRITE, Role.READ, Role.SEARCH)]
    assert ["rebuild shop --repair" in (hint or "") for hint in hints] == [True, False, False]


@pytest.mark.parametrize("query", [
    {"text": "red"}, {"min_score": 0.5}, {"after": PageEnd(count=1, sku="A")},
    {"rules": (EXCLUDE_A,)},
])  # fmt: skip
def test_a_search_that_need_not_match_every_image_says_nothing_about_the_index(app, query):
    assert index_hint(app) is not None
    assert index_hint(app, **query) is None


def test_hidden_images_do_not_count_as_missing_from_the_index(app, keys):
    body = dict.fromkeys(STATES, "hidden")
    assert keys.write.post(f"{SHOP}/availability", json=body).status_code == 200
    assert index_hint(app) is None


def test_an_item_is_shown_and_hidden_by_patch(keys):
    url = f"{SHOP}/items/A"
    before = keys.write.get(url).json()
    assert "availability" not in before
    both = {"attributes": {"n": 7}, "availability": "out_of_stock"}
    changed = keys.write.patch(url, json=both).json()
    assert (changed["availability"], changed["attributes"]) == ("out_of_stock", {"n": 7})
    assert keys.read.get(url).json() == changed
    hidden = keys.write.patch(url, json={"availability": "hidden"}).json()
    assert hidden == changed | {"availability": "hidden"}
    assert keys.read.get(url).status_code == 404
    assert keys.write.patch(url, json={"attributes": {"n": 0}}).json()["availability"] == "hidden"
    restored = keys.write.patch(url, json={"availability": "in_stock"}).json()
    assert restored | {"updated_at": ""} == before | {"updated_at": ""}
    assert keys.read.patch(url, json={"availability": "hidden"}).status_code == 403


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{}", "send `attributes`, `availability` or both"),
        ('{"availability": null}', "neither of them may be null"),
        ('{"attributes": null, "availability": "hidden"}', "neither of them may be null"),
        ('{"availability": "sold"}', "'in_stock', 'out_of_stock' or 'hidden'"),
        ('{"availability": "hidden", "attributes": {"n": 1e999}}', "infin"),
        ('{"stock": "hidden"}', "known: attributes, availability"),
    ],
)
def test_a_change_that_is_not_valid_changes_nothing(keys, body, words):
    before = keys.write.get(f"{SHOP}/items/A").json()
    headers = {"Content-Type": "application/json"}
    answer = keys.write.patch(f"{SHOP}/items/A", content=body, headers=headers)
    assert (answer.status_code, words in answer.json()["detail"]) == (422, True), answer.text
    assert keys.write.get(f"{SHOP}/items/A").json() == before


def test_the_store_is_asked_where_the_cache_has_lost_availabilities(app, keys):
    app.state.services.item_cache.drop("shop")
    assert listed(keys.write) == STATES
    assert keys.read.get(f"{SHOP}/items/C").status_code == 404
    assert keys.write.get(f"{SHOP}/items/B").json()["availability"] == "out_of_stock"


@pytest.mark.parametrize("route", ["similar", "similar?limit=51", "similar?group=false&exclude=D",
                                   "substitutes", "substitutes?price_range=off"])  # fmt: skip
def test_a_key_that_only_reads_does_not_learn_of_a_hidden_item_by_what_resembles_it(
    client, keys, route
):
    services = client.app.state.services
    restore_items(services.collections.get("shop"), services, no_heartbeat)
    similar = services.similar
    similar.begin("shop", "token")
    similar.write("shop", [("C", b"all\nA\tmain\t900000\n")])
    similar.go_live("shop", "v1", "token")
    answer = client.get(f"{SHOP}/items/C/{route}", headers=keys.read.headers)
    assert (answer.status_code, answer.json()["detail"]) == (
        404, "item 'C' does not exist in this collection"
    )  # fmt: skip
    answer = client.get(f"{SHOP}/items/C/similar?limit=1", headers=keys.write.headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["matches"][0]["sku"] == "A", answer.text


def test_a_key_that_only_reads_does_not_learn_of_a_hidden_item_by_what_is_bought_with_it(
    client, keys
):
    services = client.app.state.services
    restore_items(services.collections.get("shop"), services, no_heartbeat)
    links = [("C", to_text([("A", 3, 1.5, 100_000)]))]
    services.lists.write_links("shop", "g", LinkSummary(9, 0.0), links)
    services.lists.write_popular("shop", "g", {"": []})
    services.lists.go_live("shop", "g")
    own, read = f"{SHOP}/items/C/bought-together", keys.read.headers
    answer = client.get(own, headers=read)
    assert (answer.status_code, "'C' does not exist" in answer.json()["detail"]) == (404, True)
    assert client.get(own, headers=keys.write.headers).json()["items"][0]["sku"] == "A"
    services.similar.begin("shop", "token")
    services.similar.write("shop", [("E/1", b"all\nB\tmain\t900000\nD\tmain\t800000\n")])
    services.similar.go_live("shop", "v1", "token")
    path, basket = f"{SHOP}/recommendations", {"skus": ["A", "E/1"]}
    for headers, unknown in ((read, ["E/1"]), (keys.write.headers, [])):
        answer = client.post(path, json=basket, headers=headers)
        assert answer.json()["unknown"] == unknown, answer.text
        rows = answer.json()["recommendations"]
        assert [row["sku"] for row in rows] == ([] if unknown else ["D"])


def test_the_values_of_attributes_are_counted_apart_from_hidden_items(app, keys):
    types = {"n": AttributeType.INTEGER, "kind": AttributeType.TEXT}
    app.state.services.collections.set_types("shop", types)
    for sku, kind in (("A", "dress"), ("B", "shoe"), ("C", "shoe")):
        keys.write.patch(f"{SHOP}/items/{sku}", json={"attributes": {"kind": kind}})
    page = keys.write.get(f"{SHOP}/attributes?counts=true").json()
    assert page["counted_items"] == len(STATES)
    counted = {row["name"]: row for row in page["items"]}
    assert counted["kind"]["values"] == [
        {"value": "shoe", "items": 2}, {"value": "dress", "items": 1}
    ]  # fmt: skip
    assert (counted["n"]["least"], counted["n"]["greatest"]) == (0, 1)
    assert "values" not in counted["n"]
    page = keys.read.get(f"{SHOP}/attributes?counts=true").json()
    assert page["counted_items"] == 3
    kinds = next(row["values"] for row in page["items"] if row["name"] == "kind")
    assert [(row["value"], row["items"]) for row in kinds] == [("dress", 1), ("shoe", 1)]
    assert "values" not in keys.read.get(f"{SHOP}/attributes").json()["items"][0]


def test_only_the_values_of_the_matches_of_a_filter_are_counted(app, keys):
    types = {"n": AttributeType.INTEGER, "kind": AttributeType.TEXT}
    app.state.services.collections.set_types("shop", types)
    for sku, kind in (("A", "dress"), ("B", "shoe"), ("C", "shoe")):
        keys.write.patch(f"{SHOP}/items/{sku}", json={"attributes": {"kind": kind}})
    params = {"counts": True, "filter": '{"kind": "shoe"}'}
    page = keys.write.get(f"{SHOP}/attributes", params=params).json()
    assert page["counted_items"] == 2
    kinds = next(row["values"] for row in page["items"] if row["name"] == "kind")
    assert kinds == [{"value": "shoe", "items": 2}]
