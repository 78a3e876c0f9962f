"""A scrape during light load has every metric that the dashboard and the alerts use."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from core.jobs import JobKind
from tests.support.images import jpeg
from tests.support.shop_client import FINAL_STATES, Shop, eventually
from tests.support.stack_settings import worker_pids

pytestmark = pytest.mark.stack

FOLDER = Path(__file__).parents[3] / "deploy" / "monitoring"
_NAME = re.compile(r"\b(?:lookalike|process)_\w+\b")
METRICS = "lookalike:metrics:*"
"""The keys of what the workers publish, which end with the number of their process."""


def scrape(shop):
    """Return samples by name: (labels, value) pairs."""
    response = shop.http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    samples = {}
    for family in text_string_to_metric_families(response.text):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append((sample.labels, sample.value))
    return samples


def total(samples, name, **labels):
    """Sum the values of a metric over all samples that have these labels."""
    rows = samples.get(name, ())
    return sum(value for sample_labels, value in rows if labels.items() <= sample_labels.items())


@pytest.fixture(scope="module")
def scrapes(stack):
    """Two scrapes: before some images were ingested and searched, and after."""
    with Shop(stack.url, "counted") as shop:
        shop.create()
        eventually(lambda: not has_open_jobs(shop))
        await_metrics(stack)  # so that the first scrape has what earlier tests did
        before = scrape(shop)
        assert shop.ingest_numbers(range(20))["state"] == "succeeded"
        for number in range(5):
            shop.matches(jpeg(number))
        shop.recommendations("ann")
        await_metrics(stack)
        return before, scrape(shop)


def await_metrics(stack):
    """Forget the metrics of all workers, and wait until each that runs has published its own."""
    pids = {str(pid) for pid in worker_pids(stack).values()}
    with Redis.from_url(stack.settings.cache, decode_responses=True) as cache:
        for key in cache.keys(METRICS):
            cache.delete(key)
        eventually(lambda: pids <= {key.rpartition("-")[2] for key in cache.keys(METRICS)})


def has_open_jobs(shop):
    jobs = shop.http.get("/v1/jobs", params={"limit": 100}).json()["items"]
    return any(job["state"] not in FINAL_STATES for job in jobs)


def test_work_is_counted(scrapes):
    before, after = scrapes

    def increase(name, **labels):
        return total(after, name, **labels) - total(before, name, **labels)

    route = "/v1/collections/{c}/search"
    assert increase("lookalike_images_total", encoder="efficientnet-lite0") == 25
    assert increase("lookalike_stage_seconds_count", work="ingest", stage="decode") == 20
    assert increase("lookalike_stage_seconds_count", work="search", stage="search") == 5
    assert increase("lookalike_step_seconds_count", kind="ingest", step="end") == 1
    assert increase("lookalike_jobs_ended_total", kind="ingest", state="succeeded") == 1
    assert increase("lookalike_request_seconds_count", route=route, status="200") == 5
    assert increase("lookalike_lists_read_total", result="missing") == 1


@pytest.mark.parametrize("file", ["grafana/lookalike.json", "alerts.yml"])
def test_every_metric_in_the_dashboard_and_the_alerts_exists(scrapes, file):
    names = set(_NAME.findall((FOLDER / file).read_text()))
    assert len(names) > 4
    assert names <= scrapes[1].keys()


def test_every_kind_of_process_reports_its_memory(scrapes):
    processes = {labels["process"] for labels, _ in scrapes[1]["process_resident_memory_bytes"]}
    assert {name.partition("@")[0] for name in processes} == {"api", "search", "embed", "train"}


def label_values(samples, name, *labels):
    return {tuple(values[label] for label in labels) for values, _ in samples[name]}


def test_counters_of_rare_events_start_at_zero(scrapes):
    """Otherwise rate() and increase() miss the first event."""
    before, after = scrapes
    ended = label_values(before, "lookalike_jobs_ended_total", "kind", "state")
    assert ended == {(kind, state) for kind in JobKind for state in FINAL_STATES}
    steps = label_values(before, "lookalike_step_seconds_count", "kind")
    assert steps == {(kind,) for kind in JobKind}
    for name, labels in (
        ("lookalike_stage_seconds_count", ("work", "stage")),
        ("lookalike_lists_read_total", ("result",)),
    ):
        assert label_values(before, name, *labels) == label_values(after, name, *labels)
    images = [label_values(scrape, "lookalike_images_total", "encoder") for scrape in scrapes]
    # other tests of the same stack may load this encoder between the scrapes
    others = {("efficientnetb0",)}
    assert images[0] - others == images[1] - others == {("efficientnet-lite0",)}


def test_the_age_of_a_queue_shows_before_its_worker_starts(stack, shop):
    stack.stop("worker-train")
    try:
        job = shop.http.delete(shop.path).json()
        eventually(lambda: total(scrape(shop), "lookalike_queue_age_seconds", queue="train") > 1)
        samples = scrape(shop)
        assert total(samples, "lookalike_queue_depth", queue="train") >= 1
        labels = {"kind": "delete-collection", "state": "queued"}
        assert total(samples, "lookalike_jobs", **labels) == 1
        queues = label_values(samples, "lookalike_queue_age_seconds", "queue")
        assert queues == {("embed",), ("sync",), ("train",)}
    finally:
        stack.start("worker-train")
    assert shop.wait_for_job(job["id"])["state"] == "succeeded"
