"""A scrape during a small load holds all that the dashboard and the alerts ask for."""

import re
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.jobs import JobKind
from tests.support.images import jpeg
from tests.support.shop_client import FINAL, Shop, eventually

pytestmark = pytest.mark.stack

FOLDER = Path(__file__).parents[3] / "deploy" / "monitoring"
_NAME = re.compile(r"\b(?:lookalike|process)_\w+\b")


TOLD_S = 4  # workers tell every three seconds


def scrape(shop):
    """Samples by name: (labels, value) pairs."""
    answer = shop.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def total(samples, name, **labels):
    rows = samples.get(name, ())
    return sum(value for told, value in rows if labels.items() <= told.items())


@pytest.fixture(scope="module")
def loaded(stack):
    """What was scraped before some pictures were taken in and searched, and after."""
    with Shop(stack.url, "counted") as shop:
        shop.create()
        eventually(lambda: not unfinished(shop))
        time.sleep(TOLD_S)  # of what tests before us have done
        before = scrape(shop)
        assert shop.ingest_numbers(range(20))["state"] == "succeeded"
        for number in range(5):
            shop.found(jpeg(number))
        shop.http.get(f"{shop.path}/users/ann/recommendations")
        time.sleep(TOLD_S)
        return before, scrape(shop)


def unfinished(shop):
    jobs = shop.http.get("/v1/jobs", params={"limit": 100}).json()["items"]
    return [job["id"] for job in jobs if job["state"] not in FINAL]


def test_what_was_done_is_counted(loaded):
    def more(name, **labels):
        return total(loaded[1], name, **labels) - total(loaded[0], name, **labels)

    route = "/v1/collections/{c}/search"
    assert more("lookalike_images_total", encoder="efficientnet-lite0") == 25
    assert more("lookalike_stage_seconds_count", work="ingest", stage="decode") == 20
    assert more("lookalike_stage_seconds_count", work="search", stage="search") == 5
    assert more("lookalike_step_seconds_count", kind="ingest", step="end") == 1
    assert more("lookalike_jobs_ended_total", kind="ingest", state="succeeded") == 1
    assert more("lookalike_request_seconds_count", route=route, status="200") == 5
    assert more("lookalike_lists_read_total", found="missing") == 1


@pytest.mark.parametrize("file", ["grafana/lookalike.json", "alerts.yml"])
def test_every_metric_that_is_asked_for_is_there(loaded, file):
    asked = set(_NAME.findall((FOLDER / file).read_text()))
    assert len(asked) > 4
    assert asked <= loaded[1].keys()


def test_every_process_tells_of_itself(loaded):
    told = {labels["process"] for labels, _ in loaded[1]["process_resident_memory_bytes"]}
    assert {name.partition("@")[0] for name in told} == {"api", "search", "embed", "train"}


def values(samples, name, *labels):
    return {tuple(told[label] for label in labels) for told, _ in samples[name]}


def test_what_has_not_happened_yet_is_counted_from_nought(loaded):
    """A rate and an increase lose the first of a series that was not there before."""
    before, after = loaded
    ended = values(before, "lookalike_jobs_ended_total", "kind", "state")
    assert ended == {(kind, state) for kind in JobKind for state in FINAL}
    assert values(before, "lookalike_step_seconds_count", "kind") == {(kind,) for kind in JobKind}
    for name, labels in (
        ("lookalike_stage_seconds_count", ("work", "stage")),
        ("lookalike_lists_read_total", ("found",)),
        ("lookalike_images_total", ("encoder",)),
    ):
        assert values(before, name, *labels) == values(after, name, *labels)


def test_an_old_queue_shows_before_anybody_begins(stack, shop):
    stack.stop("worker-train")
    try:
        job = shop.http.delete(shop.path).json()
        time.sleep(1.5)
        samples = scrape(shop)
        assert total(samples, "lookalike_queue_age_seconds", queue="train") > 1
        assert total(samples, "lookalike_queue_depth", queue="train") >= 1
        labels = {"kind": "delete-collection", "state": "queued"}
        assert total(samples, "lookalike_jobs", **labels) == 1
        queues = {told["queue"] for told, _ in samples["lookalike_queue_age_seconds"]}
        assert queues == {"embed", "train"}
    finally:
        stack.start("worker-train")
    assert shop.ended(job["id"])["state"] == "succeeded"
