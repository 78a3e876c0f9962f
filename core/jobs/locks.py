"""Distributed locks: one writer per collection among all processes and hosts."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from redis import Redis, RedisError
from redis.exceptions import LockError
from redis.lock import Lock

from core.connections.redis_client import JOBS, translate_errors, unavailable
from core.errors import Unavailable

LOCK_TTL_S = 10
"""A lock expires after this long without a renewal: its holder counts as dead."""

EnsureHeld = Callable[[], None]
"""A check to call before late writes: it raises `Unavailable` once the lock may be lost."""


class Locks:
    """Named locks in Redis A."""

    def __init__(self, redis: Redis, *, wait_s: float = 30, ttl_s: float = LOCK_TTL_S) -> None:
        self._redis = redis
        self._wait_s = wait_s
        self._ttl_s = ttl_s

    @contextmanager
    def exclusive(self, collection: str) -> Iterator[EnsureHeld]:
        """Hold the lock for changes to a collection.

        Raises:
            Unavailable: another process held the lock during the whole wait, or Redis does not
                respond.
        """
        name = f"lookalike:lock:{collection}"
        lock = self._redis.lock(
            name,
            timeout=self._ttl_s,
            blocking_timeout=self._wait_s,
            sleep=0.01,
            thread_local=False,  # another thread renews it
        )
        try:
            acquired = lock.acquire(blocking=False)
            if not acquired:  # a living holder renews its lock, a dead one must not keep it longer
                self._shorten(name, int(self._ttl_s * 1000))
                acquired = lock.acquire()
        except RedisError as exc:
            raise unavailable(exc, JOBS) from exc
        if not acquired:
            raise Unavailable(f"collection {collection!r} is busy; retry later")
        with _renewal(lock, self._ttl_s) as ensure_held:
            yield ensure_held

    @translate_errors
    def acquire_interval(self, name: str, seconds: float) -> bool:
        """Return True to only one caller per interval, across all processes."""
        key, interval_ms = f"lookalike:once:{name}", int(seconds * 1000)
        if self._redis.set(key, b"1", nx=True, px=interval_ms):
            return True
        self._shorten(key, interval_ms)
        return False

    def _shorten(self, key: str, lifetime_ms: int) -> None:
        """Shorten the expiry of a key that lives too long because Redis's clock was set back."""
        if self._redis.pttl(key) > lifetime_ms:
            self._redis.pexpire(key, lifetime_ms)


@contextmanager
def _renewal(lock: Lock, ttl_s: float) -> Iterator[EnsureHeld]:
    done, lost = threading.Event(), threading.Event()
    renewed_at = time.monotonic()

    def renew() -> None:
        nonlocal renewed_at
        while not done.wait(ttl_s / 4):
            sent_at = time.monotonic()
            try:
                lock.reacquire()
                renewed_at = sent_at
            except LockError:
                lost.set()
            except RedisError:
                continue  # Redis may be back before the lock expires

    def ensure_held() -> None:
        # half of the time is left for the write, during which the process may be cut off or frozen
        if lost.is_set() or time.monotonic() - renewed_at > ttl_s / 2:
            raise Unavailable("the lock of the collection was lost; retry later")

    thread = threading.Thread(target=renew, name="renew-lock", daemon=True)
    thread.start()
    try:
        yield ensure_held
    finally:
        done.set()
        thread.join()
        # an expired or unreachable lock ends by itself; everything written so far stays valid
        with suppress(LockError, RedisError):
            lock.release()
