"""Workers' metrics on their way to the front end, through Redis B: a text each, for a while."""

from typing import cast

from prometheus_client import generate_latest
from redis import Redis

from core.connections.redis_client import guarded
from core.observability.metrics import REGISTRY

_WORKERS = "lookalike:measured"
_TEXT = "lookalike:metrics:"


class SharedMetrics:
    """What each worker has counted.

    Every method raises `Unavailable` when Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @guarded
    def tell(self, worker: str, *, for_s: int) -> None:
        """Give what this process has counted so far, as a worker's of this name."""
        self._redis.set(_TEXT + worker, generate_latest(REGISTRY), ex=for_s)
        self._redis.sadd(_WORKERS, worker)

    @guarded
    def told(self) -> dict[str, str]:
        """The workers that are there, and what each has counted."""
        names = sorted(name.decode() for name in cast("set[bytes]", self._redis.smembers(_WORKERS)))
        texts = self._redis.mget([_TEXT + name for name in names]) if names else []
        rows = dict(zip(names, cast("list[bytes | None]", texts), strict=True))
        if gone := [name for name, text in rows.items() if text is None]:
            self._redis.srem(_WORKERS, *gone)
        return {name: text.decode() for name, text in rows.items() if text}
