"""A cable is pulled between us and a server: we say so, and go on when it is in again."""

import time
from contextlib import ExitStack

import pytest

from embedded.stack import Stack
from tests.flows.test_faults import vectors_of
from tests.support.faulty_link import link
from tests.support.images import jpeg
from tests.support.servers import milvus_server, redis_server
from tests.support.shop_client import Shop, eventually, numbered
from tests.support.stack_settings import make_settings

pytestmark = pytest.mark.stack

PULLED_S = 12  # longer than any of our calls waits
MANY = 200


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    """A stack whose servers are elsewhere; gives it and the links to them."""
    data = tmp_path_factory.mktemp("linked")
    with ExitStack() as stack:
        servers = {
            "redis": redis_server(data / "redis"),
            "cache": redis_server(data / "cache"),
            "milvus": milvus_server(data / "milvus"),
        }
        links = {
            name: stack.enter_context(link(stack.enter_context(server)))
            for name, server in servers.items()
        }
        urls = {f"{name}_url": one.url for name, one in links.items()}
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
def test_whatever_cable_is_pulled_clients_are_told_and_the_job_ends(linked, name):
    stack, links = linked
    with Shop(stack.url, f"behind-{name}") as shop:
        shop.create()
        job = shop.send([("many.zip", numbered(range(MANY)))]).json()["id"]
        shop.job_when(job, lambda one: one["progress"]["done"] > 0)
        with links[name].pulled():
            told = asked(shop)
        assert {status for status, _ in told} <= {200, 503}
        assert max(seconds for _, seconds in told) < 15  # told, however busy the machine is
        assert shop.ended(job, within=90)["state"] == "succeeded"
        eventually(lambda: shop.http.get("/health/ready").status_code == 200)
        assert vectors_of(stack, shop) == sorted((str(n), "main") for n in range(MANY))
        eventually(lambda: shop.search(jpeg(7)).status_code == 200)
        assert shop.found(jpeg(7))[0]["sku"] == "7"


def asked(shop):
    """Every answer that clients get meanwhile, and after how long."""
    until, told = time.monotonic() + PULLED_S, []
    while time.monotonic() < until:
        for call in (
            lambda: shop.http.get("/v1/jobs"),
            lambda: shop.http.get("/health/ready"),
            lambda: shop.http.get(shop.path),
            lambda: shop.search(jpeg(1)),
        ):
            begun = time.monotonic()
            told.append((call().status_code, time.monotonic() - begun))
    return told
