"""A real Prometheus scrapes the stack: all queries are valid, and every panel has data."""

import time

import pytest

from benchmarks.support.prometheus_server import BINARY, alerts, panels, run_prometheus
from tests.support.images import jpeg
from tests.support.servers import free_port
from tests.support.shop_client import FINAL_STATES, eventually

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(BINARY is None, reason="Prometheus is not installed"),
]
SCRAPE_INTERVAL_S = 1
PUSH_S = 4  # workers push their metrics every three seconds
EMPTY_PANELS = {"Errors per second"}


@pytest.fixture
def prometheus(stack, tmp_path):
    with run_prometheus(stack.url, tmp_path, free_port(), every_s=SCRAPE_INTERVAL_S) as prometheus:
        yield prometheus


def test_every_panel_has_data_and_every_alert_is_valid(prometheus, stack, shop):
    start = time.time()
    time.sleep(PUSH_S)
    assert shop.ingest_numbers(range(20))["state"] == "succeeded"
    shop.matches(jpeg(1))
    shop.recommendations("ann")
    stack.stop("worker-train")
    try:
        job = shop.http.delete(shop.path).json()
        time.sleep(PUSH_S)
    finally:
        stack.start("worker-train")
    eventually(lambda: shop.job(job["id"])["state"] in FINAL_STATES)
    time.sleep(PUSH_S)
    results = [prometheus.run(query, start, SCRAPE_INTERVAL_S) for query in panels()]
    assert {result.query.name for result in results if not result.series} <= EMPTY_PANELS
    assert {rule["name"]: rule["health"] for rule in prometheus.rules()} == {
        query.name: "ok" for query in alerts()
    }
    (age,) = [r for r in results if r.query.name == "Queues: age of the oldest job"]
    assert age.highest > 1
