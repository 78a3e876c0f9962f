"""Redis has no memory left: nothing is accepted that could be lost, and nobody gives up."""

import time

import pytest

from core.connections.redis_client import connect
from tests.flows.test_faults import vectors_of
from tests.support.shop_client import Shop, eventually, numbered
from tests.support.stack_settings import workers_of

pytestmark = pytest.mark.stack

FULL_S = 6
MANY = 150


@pytest.fixture
def shop(own_stack):
    with Shop(own_stack.url, "full-redis") as shop:
        shop.create()
        yield shop


def test_while_redis_is_full_nothing_is_accepted_and_what_was_goes_on_afterwards(own_stack, shop):
    before, redis = workers_of(own_stack), connect(own_stack.settings.redis)
    job = shop.send([("many.zip", numbered(range(MANY)))]).json()["id"]
    shop.job_when(job, lambda one: one["state"] == "running")
    redis.config_set("maxmemory", 1)
    refused = shop.send([("more.zip", numbered(range(MANY, MANY + 10)))])
    time.sleep(FULL_S)
    asked = shop.http.get("/v1/jobs")
    redis.config_set("maxmemory", 0)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert asked.status_code in {200, 503}
    assert shop.ended(job)["state"] == "succeeded"
    eventually(lambda: shop.http.get("/health/ready").status_code == 200)
    assert vectors_of(own_stack, shop) == sorted((str(n), "main") for n in range(MANY))
    assert workers_of(own_stack) == before
