"""New items, served by the API from the cache alone."""

import json
import random
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.routes.new_items import CANDIDATES
from core.attributes import AttributeType
from core.domain import Availability, EncoderIdentity
from core.jobs import JobKind
from core.pipelines.item_cache import restore_items
from core.pipelines.services import no_heartbeat
from core.settings import Settings
from tests.support.items import FIRST, items_with
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

SHOP = "/v1/collections/shop"
STYLES = {"A": "s1", "B": "s2", "C": "s1", "D": None, "E": "s2", "F": "s1", "G": "s3"}
"""Items from the oldest to the newest; A and F are sold out, and G is hidden."""
STATES = {"A": "out_of_stock", "F": "out_of_stock", "G": "hidden"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The API with only Redis, and a shop of seven items that is grouped by style."""
    data = tmp_path_factory.mktemp("new")
    with redis_server(data / "redis") as url:
        own = Settings(data=data, redis_url=url, cache_url=url)
        with TestClient(create_app(own), raise_server_exceptions=False) as client:
            fill(client.app.state.services)
            yield client


@pytest.fixture
def services(client):
    return client.app.state.services


def fill(services):
    shop = services.collections.create(
        "shop", encoder=EncoderIdentity("x", dim=8), group_by="style"
    )
    services.collections.set_types("shop", {"style": AttributeType.TEXT})
    for day, (sku, style) in enumerate(STYLES.items()):
        attributes = {"style": style} if style else {}
        services.items(shop).put_all(items_with({sku: attributes}, FIRST + timedelta(days=day)))
    restore_items(shop, services, no_heartbeat)
    states = {sku: Availability(state) for sku, state in STATES.items()}
    services.availability(shop).change(states, 2**60, lambda: None)
    services.item_cache.put_availability("shop", 1, states)


def new(client, **params):
    answer = client.get(f"{SHOP}/new", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def skus(body):
    return "".join(row["sku"] for row in body["items"])


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "EDC"),
        ({"group": "false"}, "EDCB"),
        ({"group": "false", "limit": 2}, "ED"),
        ({"group": "false", "include": "out_of_stock"}, "FEDCBA"),
        ({"include": "out_of_stock"}, "FED"),
        ({"exclude": "E,D"}, "CB"),
        ({"filter": '{"style": {"not": "s1"}}'}, "ED"),
        ({"filter": '{"style": "none"}'}, ""),
        ({"group": "false", "at_most": '{"style": 1}'}, "EDC"),
    ],
)
def test_the_newest_items_in_stock_come_first_one_of_each_group(client, params, expected):
    body = new(client, **params)
    assert (skus(body), body["hint"]) == (expected, None)


def test_a_row_tells_when_the_item_was_created_and_what_its_variants_are(client):
    body = new(client, include="out_of_stock", limit=1)
    assert body["items"] == [{
        "sku": "F", "created_at": "2026-05-06T00:00:00Z", "image_url": f"{SHOP}/items/F/image",
        "attributes": {"style": "s1"}, "availability": "out_of_stock", "variants": ["C", "A"],
    }]  # fmt: skip


def test_imported_and_deleted_items_count_at_once(client, services):
    later = FIRST + timedelta(days=30)
    services.item_cache.put_cards("shop", items_with({"H": {}}, later))
    assert skus(new(client)) == "HEDC"
    services.item_cache.remove("shop", ["H"])
    assert skus(new(client)) == "EDC"


def test_rules_for_lists_apply_to_new_items(client):
    rules = [
        {"id": "no-d", "action": "exclude", "skus": ["D"], "placement": ["lists"]},
        {"id": "top", "action": "pin", "skus": ["B"], "position": 1, "placement": ["lists"]},
    ]
    answer = client.put(f"{SHOP}/rules", json={"rules": rules})
    assert answer.status_code == 200, answer.text
    body = new(client, group="false")
    assert (skus(body), body["items"][0]["rules"]) == ("BEC", ["top"])
    client.delete(f"{SHOP}/rules")
    assert skus(new(client)) == "EDC"


def test_a_lost_cache_is_refilled_and_then_answers_as_before(client, services):
    services.item_cache.drop("shop")
    answer = client.get(f"{SHOP}/new")
    assert (answer.status_code, "refilled" in answer.text) == (503, True)
    (job,) = services.ledger.open_jobs_of("shop", JobKind.REFILL_LISTS)
    services.ledger.claim(job.id)
    client.get(f"{SHOP}/new")
    (running,) = services.ledger.open_jobs_of("shop", JobKind.REFILL_LISTS)  # nor a second one
    assert running.id == job.id
    restore_items(services.collections.get("shop"), services, no_heartbeat)
    assert skus(new(client)) == "EDC"


def test_a_filter_that_leaves_too_few_of_the_candidates_gives_a_hint(client, services):
    services.collections.create("large", encoder=EncoderIdentity("x", dim=8))
    services.item_cache.go_live_empty("large")
    attributes = {f"s{n:04}": {"kind": "old" if n else "new"} for n in range(CANDIDATES + 1)}
    services.item_cache.put_cards("large", items_with(attributes))
    services.item_cache.put_cards("large", items_with({"s9999": {"kind": "rare"}}))
    url = "/v1/collections/large/new"
    body = client.get(url, params={"filter": '{"kind": "rare"}'}).json()
    assert body["items"] == []
    assert "newest 1,000 available items; GET .../items?filter= finds all" in body["hint"]
    assert client.get(url, params={"filter": '{"kind": "old"}'}).json()["hint"] is None


def test_filters_and_limits_by_attribute_agree_with_brute_force(client, services):
    services.collections.create("random", encoder=EncoderIdentity("x", dim=8), group_by="style")
    services.item_cache.go_live_empty("random")
    choices = random.Random(2)
    styles = {f"s{n:02}": choices.randrange(9) for n in range(60)}
    ranked = choices.sample([*styles], 60)
    for age, sku in enumerate(ranked):
        created = FIRST - timedelta(minutes=age)
        services.item_cache.put_cards("random", items_with({sku: {"style": styles[sku]}}, created))
    for _ in range(20):
        most, limit = choices.randrange(9), choices.randrange(1, 30)
        eligible = [sku for sku in ranked if styles[sku] <= most]
        groups = {}
        for sku in eligible:
            groups.setdefault(styles[sku], []).append(sku)
        params = {"filter": json.dumps({"style": {"lte": most}}), "limit": limit}
        rows = client.get("/v1/collections/random/new", params=params).json()["items"]
        expected = [(first, others) for first, *others in groups.values()][:limit]
        assert [(row["sku"], row.get("variants", [])) for row in rows] == expected


@pytest.mark.parametrize(
    ("path", "params", "status", "message"),
    [
        (SHOP, {"limit": 101}, 422, "limit"),
        (SHOP, {"filter": "{"}, 422, "not valid JSON"),
        (SHOP, {"country": "DE"}, 422, "country"),
        ("/v1/collections/other", {}, 404, "'other'"),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused_with_the_reason(
    client, path, params, status, message
):
    answer = client.get(f"{path}/new", params=params)
    assert (answer.status_code, message in answer.text) == (status, True)
