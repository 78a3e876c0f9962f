"""Prometheus collectors of the job ledger and of the metrics of all processes."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from core.cache.search_queue import SearchQueue
from core.cache.worker_registry import WorkerRegistry
from core.jobs import QUEUES, Job, JobKind, JobState, Ledger
from core.observability.metrics import REGISTRY

Values = Mapping[tuple[str, ...], float]

# start every series at 0: increase() misses the first increment of a new series
_NONE_ENDED = {(str(kind), str(state)): 0 for kind in JobKind for state in JobState if state.final}


class JobCollector(Collector):
    """Metrics of the job ledger and the queues."""

    def __init__(self, ledger: Ledger, searches: SearchQueue) -> None:
        self._ledger, self._searches = ledger, searches

    def collect(self) -> Iterator[Metric]:
        """Read the ledger."""
        jobs = self._ledger.open_jobs()
        yield _gauge("lookalike_jobs", "Open jobs.", ("kind", "state"), _count_open(jobs))
        lengths = {queue: self._ledger.queue_length(queue) for queue in QUEUES}
        lengths["search"] = self._searches.length()
        depths: Values = {(queue,): length for queue, length in lengths.items()}
        yield _gauge("lookalike_queue_depth", "Jobs or searches in the queue.", ("queue",), depths)
        yield _gauge(
            "lookalike_queue_age_seconds",
            "How long the oldest queued job has been waiting.",
            ("queue",),
            _queue_ages(jobs),
        )
        ended = CounterMetricFamily(
            "lookalike_jobs_ended", "Jobs that have ended.", labels=("kind", "state")
        )
        for labels, count in (_NONE_ENDED | self._ledger.finished_counts()).items():
            ended.add_metric(labels, count)
        yield ended


class WorkerCollector(Collector):
    """Metrics pushed by the workers and those of this process (`api`), labelled by process."""

    def __init__(self, workers: WorkerRegistry) -> None:
        self._workers = workers

    def collect(self) -> Iterator[Metric]:
        """Merge the metric families of all processes by name."""
        families: dict[str, Metric] = {}
        for metric in REGISTRY.collect():
            _merge(families, metric, "api")
        for worker, text in self._workers.metrics().items():
            for metric in text_string_to_metric_families(text):
                _merge(families, metric, worker)
        yield from families.values()


def create_registry(
    ledger: Ledger, workers: WorkerRegistry, searches: SearchQueue
) -> CollectorRegistry:
    """Create the registry that `/metrics` exposes; it reads nothing before the first scrape."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(JobCollector(ledger, searches))
    registry.register(WorkerCollector(workers))
    return registry


def _merge(families: dict[str, Metric], metric: Metric, process: str) -> None:
    family = families.setdefault(
        metric.name, Metric(metric.name, metric.documentation, metric.type)
    )
    for sample in metric.samples:
        if not sample.name.endswith("_created"):
            family.add_sample(sample.name, {**sample.labels, "process": process}, sample.value)


def _count_open(jobs: list[Job]) -> Values:
    states = (JobState.QUEUED, JobState.RUNNING)
    counts = Counter((str(job.kind), str(job.state)) for job in jobs)
    return {(kind, state): counts[kind, state] for kind in JobKind for state in states}


def _queue_ages(jobs: list[Job]) -> Values:
    ages = {kind.queue: 0.0 for kind in JobKind}  # no `search` queue: searches are not jobs
    for job in jobs:
        if job.state is JobState.QUEUED and job.scheduled_for is None:
            age = time.time() - job.created_at.timestamp()
            ages[job.kind.queue] = max(ages[job.kind.queue], age)
    return {(queue,): age for queue, age in ages.items()}


def _gauge(name: str, documentation: str, labels: tuple[str, ...], values: Values) -> Metric:
    gauge = GaugeMetricFamily(name, documentation, labels=labels)
    for label, value in values.items():
        gauge.add_metric([str(part) for part in label], value)
    return gauge
