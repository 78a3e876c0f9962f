"""Random filters on everything that is answered from the cache, against an independent oracle."""

import json
from collections import deque

import pytest
from fastapi.testclient import TestClient
from hypothesis import Phase, given, settings

from api.app import create_app
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
