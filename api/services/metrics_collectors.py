"""What a scrape adds to this process' own metrics: the ledger's, and what all workers have told."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from core.cache.worker_metrics import SharedMetrics
from core.jobs import QUEUES, Job, JobKind, JobState, Ledger
from core.observability.metrics import REGISTRY

Values = Mapping[tuple[str, ...], float]

# from nought, so that the first of a kind is seen: an increase loses the first of a series
_NONE_ENDED = {(str(kind), str(state)): 0 for kind in JobKind for state in JobState if state.final}


class Jobs(Collector):
    """The ledger in figures."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def collect(self) -> Iterator[Metric]:
        """Read it."""
        jobs = self._ledger.open_jobs()
        yield _gauge("lookalike_jobs", "Jobs that have not ended.", ("kind", "state"), _open(jobs))
        depths: Values = {(queue,): self._ledger.queue_length(queue) for queue in QUEUES}
        yield _gauge("lookalike_queue_depth", "Messages that wait.", ("queue",), depths)
        yield _gauge(
            "lookalike_queue_age_seconds",
            "How long the oldest job has waited that nobody has begun.",
            ("queue",),
            _ages(jobs),
        )
        ended = CounterMetricFamily(
            "lookalike_jobs_ended", "Jobs that have ended.", labels=("kind", "state")
        )
        for pair, count in (_NONE_ENDED | self._ledger.ended()).items():
            ended.add_metric(pair, count)
        yield ended


class Workers(Collector):
    """What all workers have told, each under its name; and what this process counts, as `api`."""

    def __init__(self, shared: SharedMetrics) -> None:
        self._shared = shared

    def collect(self) -> Iterator[Metric]:
        """Put families of one name together."""
        families: dict[str, Metric] = {}
        for metric in REGISTRY.collect():
            _join(families, metric, "api")
        for worker, text in self._shared.told().items():
            for metric in text_string_to_metric_families(text):
                _join(families, metric, worker)
        yield from families.values()


def registry(ledger: Ledger, shared: SharedMetrics) -> CollectorRegistry:
    """All that a scrape of this front end gives; nothing is asked before the first scrape."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Jobs(ledger))
    registry.register(Workers(shared))
    return registry


def _join(families: dict[str, Metric], metric: Metric, process: str) -> None:
    kept = families.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
    for sample in metric.samples:
        if not sample.name.endswith("_created"):
            kept.add_sample(sample.name, {**sample.labels, "process": process}, sample.value)


def _open(jobs: list[Job]) -> Values:
    states = (JobState.QUEUED, JobState.RUNNING)
    counts = Counter((str(job.kind), str(job.state)) for job in jobs)
    return {(kind, state): counts[kind, state] for kind in JobKind for state in states}


def _ages(jobs: list[Job]) -> Values:
    ages = {kind.queue: 0.0 for kind in JobKind}  # searches are no jobs
    for job in jobs:
        if job.state is JobState.QUEUED:
            age = time.time() - job.created_at.timestamp()
            ages[job.kind.queue] = max(ages[job.kind.queue], age)
    return {(queue,): age for queue, age in ages.items()}


def _gauge(name: str, words: str, labels: tuple[str, ...], values: Values) -> Metric:
    gauge = GaugeMetricFamily(name, words, labels=labels)
    for label, value in values.items():
        gauge.add_metric([str(part) for part in label], value)
    return gauge
