"""Redis runs out of memory: nothing is accepted that could be lost, and no process gives up."""

import time

import pytest

from core.connections.redis_client import connect
from embedded.stack import Stack
from tests.support.servers import redis_server
from tests.support.shop_client import Shop, eventually, zip_of_images
from tests.support.stack_data import main_views, vector_keys
from tests.support.stack_settings import make_settings, worker_pids

pytestmark = pytest.mark.stack

FULL_S = 6
IMAGES = 150


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory):
    """A stack with a Redis whose memory can be limited while it runs."""
    data = tmp_path_factory.mktemp("own")
    with (
        redis_server(data / "full") as url,
        Stack(make_settings(data, redis_url=url)) as running,
    ):
        yield running


@pytest.fixture
def shop(own_stack):
    with Shop(own_stack.url, "full-redis") as shop:
        shop.create()
        yield shop


def test_while_redis_is_full_uploads_are_refused_and_accepted_jobs_finish_afterwards(
    own_stack, shop
):
    before, redis = worker_pids(own_stack), connect(own_stack.settings.redis)
    job = shop.send([("images.zip", zip_of_images(range(IMAGES)))]).json()["id"]
    shop.wait_until(job, lambda job: job["state"] == "running")
    redis.config_set("maxmemory", 1)
    refused = shop.send([("more.zip", zip_of_images(range(IMAGES, IMAGES + 10)))])
    time.sleep(FULL_S)
    jobs = shop.http.get("/v1/jobs")
    redis.config_set("maxmemory", 0)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert jobs.status_code in {200, 503}
    assert shop.wait_for_job(job)["state"] == "succeeded"
    eventually(shop.is_ready)
    assert vector_keys(own_stack, shop) == main_views(range(IMAGES))
    assert worker_pids(own_stack) == before
