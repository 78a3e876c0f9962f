"""Prometheus metrics that workers push to the API through Redis B: an expiring text for each."""

from typing import cast

from prometheus_client import generate_latest
from redis import Redis

from core.connections.redis_client import translate_errors
from core.observability.metrics import REGISTRY

_WORKERS = "lookalike:metrics-workers"
_TEXT = "lookalike:metrics:"


class WorkerMetrics:
    """The metrics of all workers.

    Every method raises `Unavailable` when Redis does not respond.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @translate_errors
    def push(self, worker: str, *, for_s: int) -> None:
        """Publish this process' metrics under a worker's name; they expire after `for_s`."""
        self._redis.set(_TEXT + worker, generate_latest(REGISTRY), ex=for_s)
        self._redis.sadd(_WORKERS, worker)

    @translate_errors
    def collect(self) -> dict[str, str]:
        """Return the metrics of the live workers, by name, in Prometheus' text format."""
        names = sorted(name.decode() for name in cast("set[bytes]", self._redis.smembers(_WORKERS)))
        texts = self._redis.mget([_TEXT + name for name in names]) if names else []
        rows = dict(zip(names, cast("list[bytes | None]", texts), strict=True))
        if expired := [name for name, text in rows.items() if text is None]:
            self._redis.srem(_WORKERS, *expired)
        return {name: text.decode() for name, text in rows.items() if text}
