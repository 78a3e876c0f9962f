"""The live workers and their encoders, in Redis B; each worker repeats its entry regularly."""

from collections.abc import Sequence
from typing import Any, Literal, cast

from pydantic import Field, TypeAdapter
from redis import Redis

from core.connections.redis_client import translate_errors
from core.domain import EncoderIdentity
from core.records import Record

_ALIVE = "lookalike:alive:"
_WORKERS = "lookalike:workers"
_WORKER = "lookalike:worker:"
_PRELOAD = "lookalike:preload"
_PRELOAD_S = 3600
_IDENTITY = TypeAdapter(EncoderIdentity)


class EncoderReport(Record):
    """The state of one encoder on a worker."""

    weights: Literal["present", "missing", "wrong"]
    sha256: str | None = None
    """Of its weights file."""
    detail: str = ""
    """How to fix missing or wrong weights."""
    images_per_second: float | None = None
    """Recent throughput of its forward passes, one after the other."""


class WorkerReport(Record):
    """The state of a worker."""

    host: str
    queues: tuple[str, ...]
    encoders: dict[str, EncoderReport] = Field(default_factory=dict)
    loaded: tuple[str, ...] = ()
    """SHA-256 of the weights in its memory."""
    milvus: str = ""
    """"ok", or the error of Milvus; empty for workers that do not use it."""


class WorkerRegistry:
    """Heartbeats and reports of workers, and requests to preload encoders.

    Every method raises `Unavailable` when Redis does not respond.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @translate_errors
    def heartbeat(self, names: Sequence[str], *, for_s: int) -> None:
        """Mark queues or hosts as having a live worker for `for_s` seconds."""
        for name in names:
            self._redis.set(_ALIVE + name, b"1", ex=for_s)

    @translate_errors
    def is_alive(self, name: str) -> bool:
        """Return whether a queue or host has a live worker."""
        return bool(self._redis.exists(_ALIVE + name))

    @translate_errors
    def publish_report(self, worker: str, report: WorkerReport, *, for_s: int) -> None:
        """Publish a worker's report, valid for `for_s` seconds."""
        self._redis.set(_WORKER + worker, report.model_dump_json(), ex=for_s)
        self._redis.sadd(_WORKERS, worker)

    @translate_errors
    def reports(self, queue: str | None = None) -> list[WorkerReport]:
        """Return the reports of the live workers, of one queue or of all."""
        workers = [name.decode() for name in cast("set[bytes]", self._redis.smembers(_WORKERS))]
        values = self._redis.mget([_WORKER + worker for worker in workers]) if workers else []
        rows = dict(zip(workers, cast("list[bytes | None]", values), strict=True))
        if expired := [worker for worker, row in rows.items() if row is None]:
            self._redis.srem(_WORKERS, *expired)
        reports = [WorkerReport.model_validate_json(row) for row in rows.values() if row]
        return [report for report in reports if queue is None or queue in report.queues]

    @translate_errors
    def request_preload(self, encoder: EncoderIdentity) -> None:
        """Ask the search workers to load an encoder before it is needed."""
        self._redis.hset(_PRELOAD, encoder.weights, cast("Any", _IDENTITY.dump_json(encoder)))
        self._redis.expire(_PRELOAD, _PRELOAD_S)

    @translate_errors
    def preload_requests(self) -> list[EncoderIdentity]:
        """Return the encoders that were requested within the last hour."""
        return [_IDENTITY.validate_json(row) for row in self._redis.hvals(_PRELOAD)]
