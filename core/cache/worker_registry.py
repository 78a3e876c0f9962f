"""The live workers, their encoders and metrics, in Redis B; entries expire unless renewed."""

from collections.abc import Sequence
from typing import Any, Literal, cast

from pydantic import Field, TypeAdapter
from redis import Redis

from core.connections.redis_client import translate_errors
from core.domain import EncoderIdentity
from core.records import Record

_ALIVE = "lookalike:alive:"
_REPORTS = ("lookalike:workers", "lookalike:worker:")
"""The key of the set of workers, and the key prefix of their reports."""
_METRICS = ("lookalike:metrics-workers", "lookalike:metrics:")
_PRELOAD = "lookalike:preload"
_PRELOAD_S = 3600
_IDENTITY = TypeAdapter(EncoderIdentity)


class EncoderReport(Record):
    """The state of one encoder on a worker."""

    weights: Literal["present", "missing", "wrong"]
    sha256: str | None = None
    """SHA-256 of the weights file."""
    detail: str = ""
    """How to fix missing or wrong weights."""
    images_per_second: float | None = None
    """Recent throughput of consecutive forward passes."""


class WorkerReport(Record):
    """The state of a worker."""

    host: str
    kind: str
    """"search", "embed" or "train"."""
    encoders: dict[str, EncoderReport] = Field(default_factory=dict)
    loaded: tuple[str, ...] = ()
    """SHA-256 of the weights of each encoder in memory."""
    milvus: str = ""
    """"ok", or the error of Milvus; empty for workers that do not use Milvus."""


class WorkerRegistry:
    """Heartbeats, reports and metrics of workers, and requests to preload encoders.

    Every method raises `Unavailable` if Redis does not respond.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @translate_errors
    def heartbeat(self, names: Sequence[str], *, for_s: int) -> None:
        """Record for `for_s` seconds that there are live workers of these kinds or hosts."""
        for name in names:
            self._redis.set(_ALIVE + name, str(for_s), ex=for_s)

    @translate_errors
    def is_alive(self, name: str) -> bool:
        """Return whether there is a live worker of a kind, or on a host.

        A heartbeat with more time left than its full lifetime was sent before Redis's clock was set
        back, and is ignored; a live worker soon sends another.
        """
        pipe = self._redis.pipeline(transaction=False)
        pipe.get(_ALIVE + name)
        pipe.pttl(_ALIVE + name)
        for_s, remaining_ms = pipe.execute()
        return for_s is not None and remaining_ms <= int(for_s) * 1000

    @translate_errors
    def publish_report(self, worker: str, report: WorkerReport, *, for_s: int) -> None:
        """Publish a worker's report, which is valid for `for_s` seconds."""
        self._publish(_REPORTS, worker, report.model_dump_json(), for_s)

    @translate_errors
    def reports(self, kind: str | None = None) -> list[WorkerReport]:
        """Return the reports of the live workers, either of one kind or of all kinds."""
        texts = self._published(_REPORTS).values()
        reports = [WorkerReport.model_validate_json(text) for text in texts]
        return [report for report in reports if kind in {None, report.kind}]

    @translate_errors
    def publish_metrics(self, worker: str, text: bytes, *, for_s: int) -> None:
        """Publish a worker's metrics, in Prometheus' text format, valid for `for_s` seconds."""
        self._publish(_METRICS, worker, text, for_s)

    @translate_errors
    def metrics(self) -> dict[str, str]:
        """Return each live worker's metrics, in Prometheus' text format, by worker name."""
        return {name: text.decode() for name, text in self._published(_METRICS).items()}

    @translate_errors
    def request_preload(self, encoder: EncoderIdentity) -> None:
        """Ask the search workers to load an encoder before a search needs it."""
        self._redis.hset(_PRELOAD, encoder.weights, cast("Any", _IDENTITY.dump_json(encoder)))
        self._redis.expire(_PRELOAD, _PRELOAD_S)

    @translate_errors
    def preload_requests(self) -> list[EncoderIdentity]:
        """Return the encoders that were requested in the last hour."""
        return [_IDENTITY.validate_json(row) for row in self._redis.hvals(_PRELOAD)]

    def _publish(self, keys: tuple[str, str], worker: str, text: str | bytes, for_s: int) -> None:
        names, prefix = keys
        self._redis.set(prefix + worker, text, ex=for_s)
        self._redis.sadd(names, worker)

    def _published(self, keys: tuple[str, str]) -> dict[str, bytes]:
        """Return the published text of each live worker by worker name; forget dead workers."""
        names, prefix = keys
        workers = sorted(name.decode() for name in cast("set[bytes]", self._redis.smembers(names)))
        texts = self._redis.mget([prefix + worker for worker in workers]) if workers else []
        rows = dict(zip(workers, cast("list[bytes | None]", texts), strict=True))
        if expired := [worker for worker, text in rows.items() if text is None]:
            self._redis.srem(names, *expired)
        return {worker: text for worker, text in rows.items() if text}
