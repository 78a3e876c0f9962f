"""How often somebody may ask: token buckets, so that one busy caller leaves room for the others.

Reads are counted in each process by itself: what they can exhaust is the process, and a trip to
Redis would cost as much as the answer. Writes are counted in Redis B, for all processes together;
while it does not answer, in each process too, so its loss neither stops nor frees anybody.
"""

import math
import time
from pathlib import Path

from redis import Redis, RedisError

from core.errors import TooMany

BURST_S = 10
"""Who was quiet may ask so many seconds' worth at once."""
_MOST = 10_000
_PAUSE_S = 5
_PREFIX = "lookalike:rate:"
_SCRIPT = Path(__file__).with_name("rate_limit.lua").read_text(encoding="utf-8")


class Buckets:
    """The buckets of this process. For one thread, or where a lost count does not matter."""

    def __init__(self, per_minute: int) -> None:
        self.rate = per_minute / 60
        self.size = max(1.0, self.rate * BURST_S)
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> float:
        """Take a token: 0, or the seconds until there is one."""
        now = time.monotonic()
        left, at = self._left.get(name, (self.size, now))
        left = min(self.size, left + (now - at) * self.rate)
        if left < 1:
            return (1 - left) / self.rate
        if len(self._left) >= _MOST and name not in self._left:
            self._left.clear()  # a flood of names: better to count anew than to grow
        self._left[name] = left - 1, now
        return 0.0


class Rates:
    """What the limits say of requests; raises `TooMany` with the seconds to wait."""

    def __init__(self, redis: Redis, *, reads: int, writes: int) -> None:
        """So many a minute each; 0 is no limit."""
        self._reads, self._writes = reads, writes
        self._read, self._own = Buckets(self._reads), Buckets(self._writes)
        self._script = redis.register_script(_SCRIPT)
        self._away_until = 0.0

    def read(self, who: str) -> None:
        """Count a request that changes nothing; asks no other process."""
        if self._reads and (wait := self._read.take(who)):
            raise _too_many(self._reads, "requests", wait)

    def write(self, who: str) -> None:
        """Count a request that changes something."""
        if self._writes and (wait := self._take(who)):
            raise _too_many(self._writes, "changes", wait)

    def _take(self, who: str) -> float:
        if time.monotonic() >= self._away_until:
            try:
                taken = self._script([_PREFIX + who], [self._own.rate, self._own.size])
                return float(taken) / 1000
            except RedisError:
                self._away_until = time.monotonic() + _PAUSE_S
        return self._own.take(who)


def _too_many(per_minute: int, what: str, wait: float) -> TooMany:
    seconds = math.ceil(wait)
    return TooMany(
        f"more than {per_minute:,} {what} a minute; try again in {seconds} s", wait_s=seconds
    )
