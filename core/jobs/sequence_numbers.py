"""The sequence numbers of requests, which decide whose effects remain.

Redis A issues the numbers. But it may be lost or restored from an older copy, and its clock may be
set back, while the store still has the effects of requests with larger numbers. After each start,
Redis therefore only issues numbers from a range that was reserved in the store, above all ranges
reserved before.
"""

from collections.abc import Callable
from typing import Any, cast

from redis import Redis
from redis.commands.core import Script

from core.connections.redis_client import translate_errors
from core.errors import Unavailable
from core.jobs.locks import EnsureHeld, Locks

Reserve = Callable[[int, EnsureHeld], range]
"""Reserves numbers, none of which is below the given one or was reserved before.

The function calls the check right before the reservation takes effect.
"""
PREFIX = "lookalike:"
_LOCK = ":sequence"  # not the name of a collection
_WAIT_S = 3


def reserve_all(first: int, _: EnsureHeld) -> range:
    """Reserve all numbers: for a ledger whose jobs change nothing in a store."""
    return range(first, 2**53)


class SequenceNumbers:
    """Reserves sequence numbers for the scripts of the ledger."""

    def __init__(self, redis: Redis, reserve: Reserve, allow: Script) -> None:
        """`allow` is the script that allows Redis to issue the numbers of a range."""
        self._redis = redis
        self._reserve = reserve
        self._allow = allow
        self._locks = Locks(redis, wait_s=_WAIT_S)

    def issue(self, run_script: Callable[[], Any]) -> Any:
        """Run a script that issues a number; if it has none, reserve numbers and run it again."""
        if (reply := run_script()) is not None:
            return reply
        with self._locks.exclusive(_LOCK) as check_lock:
            if (reply := run_script()) is None:  # otherwise, another process has reserved numbers
                self._extend(check_lock)
                reply = run_script()
        if reply is None:
            raise Unavailable("Redis was restarted during the request; retry later")
        return reply

    @translate_errors
    def _extend(self, check_lock: EnsureHeld) -> None:
        seconds, microseconds = self._redis.time()
        last = int(cast("bytes | None", self._redis.hget(f"{PREFIX}sequence", "last")) or 0)
        numbers = self._reserve(max(last + 1, seconds * 1_000_000 + microseconds), check_lock)
        self._allow(args=[PREFIX, "", numbers.start, numbers.stop])
