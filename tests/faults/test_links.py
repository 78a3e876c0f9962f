"""Servers cannot be reached or are full: clients get errors, and work continues afterwards."""

import time
from contextlib import ExitStack

import pytest

from core.connections.redis_client import connect
from embedded.stack import Stack
from tests.support.faults.faulty_link import faulty_link
from tests.support.images import jpeg
from tests.support.servers import milvus_server, redis_server
from tests.support.shop_client import Shop, assert_outlasted, eventually, zip_of_images
from tests.support.stack_data import main_views, vector_keys
from tests.support.stack_settings import make_settings, worker_pids

pytestmark = pytest.mark.stack

INTERRUPTION_S = 12  # longer than the timeout of any call to a server
PATIENCE_S = 30
FULL_S = 6
IMAGES = 128


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    """A stack behind faulty links to its servers, and the links by name."""
    data = tmp_path_factory.mktemp("linked")
    with ExitStack() as stack:
        servers = {
            "redis": redis_server(data / "redis"),
            "cache": redis_server(data / "cache"),
            "milvus": milvus_server(data / "milvus"),
        }
        links = {
            name: stack.enter_context(faulty_link(stack.enter_context(server)))
            for name, server in servers.items()
        }
        urls = {f"{name}_url": link.url for name, link in links.items()}
        settings = make_settings(data / "own").model_copy(update=urls)
        yield stack.enter_context(Stack(settings)), links


@pytest.mark.parametrize(
    "name",
    [
        "cache",
        pytest.param("redis", marks=pytest.mark.thorough),
        pytest.param("milvus", marks=pytest.mark.thorough),
    ],
)
def test_while_any_link_is_interrupted_clients_get_errors_and_the_job_still_ends(linked, name):
    stack, links = linked
    with Shop(stack.url, f"behind-{name}") as shop:
        shop.create()
        job = shop.start_ingest(zip_of_images(range(IMAGES)))["id"]
        with links[name].interrupted():
            interrupted = time.time()
            assert send_requests(shop) <= {200, 503}
        ended = shop.wait_for_job(job)
        assert_outlasted(ended, interrupted)
        assert ended["state"] == "succeeded"
        eventually(shop.is_ready)
        assert vector_keys(stack, shop) == main_views(range(IMAGES))
        eventually(lambda: shop.search(jpeg(7)).status_code == 200)
        assert shop.matches(jpeg(7))[0]["sku"] == "7"


def send_requests(shop):
    """Send requests for the length of the interruption; return their statuses.

    A request that the server does not answer by itself ends the test with an error of the client.
    """
    shop.http.timeout = PATIENCE_S
    deadline, statuses = time.monotonic() + INTERRUPTION_S, set()
    while time.monotonic() < deadline:
        for call in (
            lambda: shop.http.get("/v1/jobs"),
            lambda: shop.http.get("/health/ready"),
            lambda: shop.http.get(shop.path),
            lambda: shop.search(jpeg(1)),
        ):
            statuses.add(call().status_code)
    return statuses


def test_while_redis_is_full_uploads_are_refused_and_accepted_jobs_finish_afterwards(linked):
    stack, _ = linked
    before, redis = worker_pids(stack), connect(stack.settings.redis)
    with Shop(stack.url, "full-redis") as shop:
        shop.create()
        job = shop.start_ingest(zip_of_images(range(IMAGES)))["id"]
        redis.config_set("maxmemory", 1)
        full = time.time()
        refused = shop.send([("more.zip", zip_of_images(range(IMAGES, IMAGES + 10)))])
        time.sleep(FULL_S)
        jobs = shop.http.get("/v1/jobs")
        redis.config_set("maxmemory", 0)
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        assert jobs.status_code in {200, 503}
        ended = shop.wait_for_job(job)
        assert_outlasted(ended, full)
        assert ended["state"] == "succeeded"
        eventually(shop.is_ready)
        assert vector_keys(stack, shop) == main_views(range(IMAGES))
        assert worker_pids(stack) == before
