"""Random filters on everything that is answered from the cache, against an independent oracle."""

import json
from collections import deque

import pytest
from fastapi.testclient import TestClient
from hypothesis import Phase, given, settings

from api.app import create_app
from core.attributes import AttributeType
from core.settings import Settings
from tests.support.published_shop import USERS, publish_shop
from tests.support.random_filters import ATTRIBUTES, FILTERS, passes
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

LIMIT = 50  # up to which similar items come from a list


@pytest.fixture(scope="module")
def items():
    """Random attributes by SKU: one item whose page is shown, and as many others as a list has."""
    examples = deque(maxlen=LIMIT)

    @settings(max_examples=LIMIT, database=None, phases=[Phase.generate])
    @given(attributes=ATTRIBUTES)
    def fill(attributes):
        examples.append(attributes)

    fill()
    return {"own": {}} | {f"s{n}": attributes for n, attributes in enumerate(examples)}


@pytest.fixture(scope="module")
def client(tmp_path_factory, items):
    data = tmp_path_factory.mktemp("filters")
    with redis_server(data / "redis") as url:
        own = Settings(data=data, redis_url=url, cache_url=url)
        with TestClient(create_app(own)) as client:
            publish_shop(client.app.state.services, items)
            yield client


GETS = {
    "lists": (f"users/{USERS[0]}/recommendations", "recommendations"),
    "similar": ("items/own/similar", "matches"),
    "bought together": ("items/own/bought-together", "items"),
    "popular": ("popular", "items"),
}


def ask(client, kind, where):
    if kind == "basket":
        body = {"skus": ["own"], "filter": where, "limit": LIMIT}
        answer, member = client.post("/v1/collections/shop/recommendations", json=body), None
    else:
        path, member = GETS[kind]
        params = {"filter": json.dumps(where), "limit": LIMIT, "exclude": "own"}
        answer = client.get(f"/v1/collections/shop/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return [row["sku"] for row in answer.json()[member or "recommendations"]]


@pytest.mark.parametrize("kind", [*GETS, "basket"])
def test_filters_pass_the_items_that_an_independent_oracle_passes(client, items, kind):
    @settings(max_examples=60, deadline=None)
    @given(where=FILTERS)
    def check(where):
        expected = [sku for sku in items if sku != "own" and passes(where, items[sku])]
        if expected or kind != "similar":  # a search explains why nothing is similar
            assert ask(client, kind, where) == expected

    check()


def test_a_type_that_another_process_added_a_moment_ago_counts_at_once(client):
    services = client.app.state.services
    publish_shop(services, {"a": {"size": 67.9, "tags": ["x"]}, "b": {"size": 8}}, name="typed")

    def get(**params):
        path = f"/v1/collections/typed/users/{USERS[0]}/recommendations"
        answer = client.get(path, params={name: json.dumps(row) for name, row in params.items()})
        rows = answer.json().get("recommendations", [])
        return answer.status_code, [row["sku"] for row in rows]

    def add(**types):  # as a worker does, of which this process learns nothing
        services.collections.set_types("typed", types)

    assert get(filter={"size": "67,90"}) == (200, [])
    add(size=AttributeType.NUMBER)
    assert get(filter={"size": "67,90"}) == (200, ["a"])
    assert get(at_most={"tags": 1})[0] == 422
    add(tags=AttributeType.TEXT)
    assert get(at_most={"tags": 1}) == (200, ["a", "b"])
    assert get(filter={"tags": {"contains": "x"}})[0] == 422
    add(tags=AttributeType.LIST)
    assert get(filter={"tags": {"contains": "x"}}) == (200, ["a"])


def test_a_filter_for_a_collection_that_does_not_exist_names_similar_collections(client):
    path = "/v1/collections/shopp/users/ann/recommendations"
    answer = client.get(path, params={"filter": '{"kind": "hat"}'})
    assert (answer.status_code, "similar names: shop" in answer.text) == (404, True)
