"""What is answered while the first lists of a collection go live."""

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services import published_lists
from core.settings import Settings
from tests.support.published_shop import GENERATION, publish_shop
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    data = tmp_path_factory.mktemp("lists")
    with redis_server(data / "redis") as url:
        settings = Settings(data=data, redis_url=url, cache_url=url)
        with TestClient(create_app(settings)) as client:
            publish_shop(client.app.state.services, {"A": {}, "B": {}, "C": {}})
            yield client


PATHS = ["users/ann/recommendations", "popular", "items/A/bought-together", "recommendations"]


def read(client, path):
    url = f"/v1/collections/shop/{path}"
    if path == "recommendations":
        return client.post(url, json={"skus": ["A"]})
    return client.get(url)


@pytest.mark.parametrize("path", PATHS)
def test_lists_that_go_live_during_a_request_are_served(client, path, monkeypatch):
    services, check = client.app.state.services, published_lists.has_published
    expected = read(client, path).json()
    services.lists.withdraw("shop")

    def go_live_after(*arguments):
        published = check(*arguments)
        services.lists.go_live("shop", GENERATION)
        return published

    monkeypatch.setattr(published_lists, "has_published", go_live_after)
    answer = read(client, path)
    assert (answer.status_code, answer.json()) == (200, expected)


@pytest.mark.parametrize("path", PATHS)
def test_lists_that_the_cache_has_lost_are_unavailable_until_they_are_refilled(client, path):
    services = client.app.state.services
    services.lists.withdraw("shop")
    answer = read(client, path)
    assert (answer.status_code, "being refilled" in answer.json()["detail"]) == (503, True)
    services.lists.go_live("shop", GENERATION)
