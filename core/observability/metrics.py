"""The Prometheus metrics of each process; workers publish them in Redis B for the API."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_STEP_S = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
_STAGE_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

STEPS = Histogram(
    "lookalike_step_seconds",
    "Duration of job steps: plan, chunk, end.",
    ("kind", "step"),
    buckets=_STEP_S,
    registry=REGISTRY,
)
STAGES = Histogram(
    "lookalike_stage_seconds",
    "Duration of the stages of an ingest chunk and of a search.",
    ("work", "stage"),
    buckets=_STAGE_S,
    registry=REGISTRY,
)
STAGES_BY_WORKER = {
    "search": ("search", ("decode", "embed", "search")),
    "embed": ("ingest", ("read", "decode", "encode", "assess", "commit")),
}
"""The labels `work` and `stage` of each kind of worker."""
IMAGES = Counter("lookalike_images", "Encoded images.", ("encoder",), registry=REGISTRY)
LOADED = Gauge("lookalike_encoders_loaded", "Encoders in memory.", registry=REGISTRY)
LISTS = Counter(
    "lookalike_lists_read",
    "Recommendation lists read: personal, popular, or missing in the cache.",
    ("result",),
    registry=REGISTRY,
)
SIMILAR = Counter(
    "lookalike_similar_answered",
    "Requests for similar items, answered from a list or by a search.",
    ("source",),
    registry=REGISTRY,
)
REQUESTS = Histogram(
    "lookalike_request_seconds",
    "Time from a request to the start of its response.",
    ("method", "route", "status"),
    buckets=_STAGE_S,
    registry=REGISTRY,
)
