"""A real Prometheus scrapes the stack: every query is taken, and every panel shows something."""

import time

import pytest

from benchmarks.support.prometheus_server import BINARY, alerts, panels, watching
from tests.support.images import jpeg
from tests.support.servers import free_port
from tests.support.shop_client import FINAL, eventually

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(BINARY is None, reason="Prometheus is not installed"),
]
EVERY_S = 1
TOLD_S = 4  # workers tell every three seconds
QUIET = {"Errors a second"}


@pytest.fixture
def watched(stack, tmp_path):
    with watching(stack.url, tmp_path, free_port(), every_s=EVERY_S) as prometheus:
        yield prometheus


def test_every_panel_shows_something_and_every_alert_is_read(watched, stack, shop):
    begun = time.time()
    time.sleep(TOLD_S)
    assert shop.ingest_numbers(range(20))["state"] == "succeeded"
    shop.found(jpeg(1))
    shop.http.get(f"{shop.path}/users/ann/recommendations")
    stack.stop("worker-train")
    try:
        job = shop.http.delete(shop.path).json()
        time.sleep(TOLD_S)
    finally:
        stack.start("worker-train")
    eventually(lambda: shop.job(job["id"])["state"] in FINAL)
    time.sleep(TOLD_S)
    answers = [watched.ask(query, begun, EVERY_S) for query in panels()]
    assert {one.query.name for one in answers if not one.series} <= QUIET
    assert {rule["name"]: rule["health"] for rule in watched.rules()} == {
        query.name: "ok" for query in alerts()
    }
    (age,) = [one for one in answers if one.query.name == "Queues: the oldest job waits for"]
    assert age.highest > 1
