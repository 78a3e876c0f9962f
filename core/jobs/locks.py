"""Short exclusive sections, one at a time for each collection, over all processes and hosts."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from redis import Redis, RedisError
from redis.exceptions import LockError
from redis.lock import Lock

from core.errors import Unavailable

HELD_S = 10
"""A holder that has not renewed its lock for this long is taken for dead."""

Held = Callable[[], None]
"""Raises `Unavailable` where another may hold the lock by now; to be called before late writes."""


class Locks:
    """Named locks in Redis A."""

    def __init__(self, redis: Redis, *, wait_s: float = 30, held_s: float = HELD_S) -> None:
        self._redis = redis
        self._wait_s = wait_s
        self._held_s = held_s

    @contextmanager
    def changing(self, collection: str) -> Iterator[Held]:
        """Hold the right to change what a collection contains; gives whether it is still held.

        Raises:
            Unavailable: somebody else held it all the time, or Redis does not answer.
        """
        lock = self._redis.lock(
            f"lookalike:lock:{collection}",
            timeout=self._held_s,
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
        with _renewed(lock, self._held_s) as held:
            yield held


@contextmanager
def _renewed(lock: Lock, held_s: float) -> Iterator[Held]:
    done, lost = threading.Event(), threading.Event()
    renewed_at = time.monotonic()

    def renew() -> None:
        nonlocal renewed_at
        while not done.wait(held_s / 4):
            asked_at = time.monotonic()
            try:
                lock.reacquire()
                renewed_at = asked_at
            except LockError:
                lost.set()
            except RedisError:
                continue  # out of reach: it may come back before the lock has ended

    def held() -> None:
        # half of its time is left to what is written now: we may be cut off, or frozen, in it
        if lost.is_set() or time.monotonic() - renewed_at > held_s / 2:
            raise Unavailable("the lock could not be kept; try again")

    thread = threading.Thread(target=renew, name="renew-lock", daemon=True)
    thread.start()
    try:
        yield held
    finally:
        done.set()
        thread.join()
        # expired or out of reach: it ends by itself, and what was written stands
        with suppress(LockError, RedisError):
            lock.release()
