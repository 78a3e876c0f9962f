"""Short exclusive sections, one at a time for each collection, over all processes and hosts."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from redis import Redis, RedisError
from redis.exceptions import LockError

from core.errors import Unavailable

HELD_S = 60
"""A holder that takes longer is taken for dead; sections last well under a second."""


class Locks:
    """Named locks in Redis A."""

    def __init__(self, redis: Redis, *, wait_s: float = 30) -> None:
        self._redis = redis
        self._wait_s = wait_s

    @contextmanager
    def changing(self, collection: str) -> Iterator[None]:
        """Hold the right to change what a collection contains.

        Raises:
            Unavailable: somebody else held it all the time, or Redis does not answer.
        """
        lock = self._redis.lock(
            f"lookalike:lock:{collection}",
            timeout=HELD_S,
            blocking_timeout=self._wait_s,
            sleep=0.01,
        )
        try:
            got = lock.acquire()
        except RedisError as exc:
            raise Unavailable("Redis does not answer; try again") from exc
        if not got:
            raise Unavailable(f"collection {collection!r} is busy; try again")
        try:
            yield
        finally:
            # expired or out of reach: it ends by itself, and what was written stands
            with suppress(LockError, RedisError):
                lock.release()
