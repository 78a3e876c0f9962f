"""What each process counts and times for Prometheus; workers hand theirs to the front end."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_STEP_S = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
_STAGE_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

STEPS = Histogram(
    "lookalike_step_seconds",
    "Steps of jobs: their plan, their chunks, their end.",
    ("kind", "step"),
    buckets=_STEP_S,
    registry=REGISTRY,
)
STAGES = Histogram(
    "lookalike_stage_seconds",
    "Stages of an ingest's chunk and of a search.",
    ("work", "stage"),
    buckets=_STAGE_S,
    registry=REGISTRY,
)
STAGES_OF = {
    "search": ("search", ("decode", "embed", "search")),
    "embed": ("ingest", ("read", "decode", "encode", "keep")),
}
"""The stages that workers of a queue go through."""
IMAGES = Counter(
    "lookalike_images", "Images that went through a network.", ("encoder",), registry=REGISTRY
)
LOADED = Gauge("lookalike_encoders_loaded", "Networks in memory.", registry=REGISTRY)
LISTS = Counter(
    "lookalike_lists_read",
    "Lists of recommendations read: personal, popular, or not in the cache.",
    ("found",),
    registry=REGISTRY,
)
REQUESTS = Histogram(
    "lookalike_request_seconds",
    "Requests until their answer begins.",
    ("method", "route", "status"),
    buckets=_STAGE_S,
    registry=REGISTRY,
)
