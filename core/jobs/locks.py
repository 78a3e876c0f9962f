"""Short exclusive sections, one at a time for each collection, over all processes and hosts."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from redis import Redis, RedisError
from redis.exceptions import LockError
from redis.lock import Lock

from core.errors import Unavailable

HELD_S = 10
"""A holder that has not renewed its lock for this long is taken for dead."""


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
            thread_local=False,  # it is renewed by another thread
        )
        try:
            got = lock.acquire()
        except RedisError as exc:
            raise Unavailable("Redis does not answer; try again") from exc
        if not got:
            raise Unavailable(f"collection {collection!r} is busy; try again")
        with _renewed(lock):
            yield


@contextmanager
def _renewed(lock: Lock) -> Iterator[None]:
    done = threading.Event()

    def renew() -> None:
        while not done.wait(HELD_S / 4):
            with suppress(LockError, RedisError):
                lock.reacquire()

    thread = threading.Thread(target=renew, name="renew-lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        # expired or out of reach: it ends by itself, and what was written stands
        with suppress(LockError, RedisError):
            lock.release()
