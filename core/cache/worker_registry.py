"""Which workers are there and what networks they have, in Redis B; each says so again and again."""

from collections.abc import Sequence
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter
from redis import Redis

from core.connections.redis_client import guarded
from core.domain import EncoderIdentity

_ALIVE = "lookalike:alive:"
_WORKERS = "lookalike:workers"
_WORKER = "lookalike:worker:"
_WANTED = "lookalike:wanted"
_WANTED_S = 3600
_IDENTITY = TypeAdapter(EncoderIdentity)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class EncoderReport(_Record):
    """What a worker says of one network."""

    weights: Literal["present", "missing", "wrong"]
    sha256: str | None = None
    """Of its weights file."""
    detail: str = ""
    """What to do where the weights are not right."""
    images_per_second: float | None = None
    """Of its forward passes lately, one after the other."""


class WorkerReport(_Record):
    """What a worker says of itself."""

    host: str
    queues: tuple[str, ...]
    encoders: dict[str, EncoderReport] = {}
    loaded: tuple[str, ...] = ()
    """SHA-256 of the weights in its memory."""
    milvus: str = ""
    """"ok" if Milvus answers it, else what is wrong; empty where nobody waits for its searches."""


class Presence:
    """Signs of life, reports of workers, and which networks they should have at hand.

    Every method raises `Unavailable` when Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @guarded
    def say_alive(self, names: Sequence[str], *, for_s: int) -> None:
        """Tell that workers of these queues or hosts are there, until so many seconds from now."""
        for name in names:
            self._redis.set(_ALIVE + name, b"1", ex=for_s)

    @guarded
    def alive(self, name: str) -> bool:
        """Whether a worker of that queue or host said so a short while ago."""
        return bool(self._redis.exists(_ALIVE + name))

    @guarded
    def tell(self, worker: str, report: WorkerReport, *, for_s: int) -> None:
        """Give a worker's report, which holds for so many seconds."""
        self._redis.set(_WORKER + worker, report.model_dump_json(), ex=for_s)
        self._redis.sadd(_WORKERS, worker)

    @guarded
    def reports(self, queue: str | None = None) -> list[WorkerReport]:
        """The reports of the workers that are there; of one queue, or of all."""
        workers = [name.decode() for name in cast("set[bytes]", self._redis.smembers(_WORKERS))]
        told = self._redis.mget([_WORKER + worker for worker in workers]) if workers else []
        rows = dict(zip(workers, cast("list[bytes | None]", told), strict=True))
        gone = [worker for worker, row in rows.items() if row is None]
        if gone:
            self._redis.srem(_WORKERS, *gone)
        found = [WorkerReport.model_validate_json(row) for row in rows.values() if row]
        return [report for report in found if queue is None or queue in report.queues]

    @guarded
    def want(self, encoder: EncoderIdentity) -> None:
        """Ask the workers that answer searches to have a network at hand soon."""
        self._redis.hset(_WANTED, encoder.weights, cast("Any", _IDENTITY.dump_json(encoder)))
        self._redis.expire(_WANTED, _WANTED_S)

    @guarded
    def wanted(self) -> list[EncoderIdentity]:
        """The networks that were asked for within the hour."""
        return [_IDENTITY.validate_json(row) for row in self._redis.hvals(_WANTED)]
