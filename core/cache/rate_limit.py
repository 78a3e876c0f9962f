"""Token-bucket rate limits per client: a busy client leaves capacity for other clients.

Each process counts its own reads, because a call to Redis would cost as much as the response.
Redis B counts the writes of all processes together. While Redis B is unavailable, each process
counts its own writes: an outage neither blocks clients nor lifts the limits.
"""

import math
import time
from pathlib import Path

from redis import Redis, RedisError

from core.errors import TooManyRequests

BURST_S = 10
"""An idle client may send the requests of this many seconds at once."""
_MAX_CLIENTS = 10_000
_REDIS_RETRY_S = 5
_PREFIX = "lookalike:rate:"
_SCRIPT = Path(__file__).with_name("rate_limit.lua").read_text(encoding="utf-8")


class LocalTokenBuckets:
    """The token buckets of this process; concurrent threads may lose a count."""

    def __init__(self, per_minute: int) -> None:
        self.rate = per_minute / 60
        self.size = max(1.0, self.rate * BURST_S)
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, client: str) -> float:
        """Take a token and return 0, or return the seconds until a token is available."""
        now = time.monotonic()
        tokens, updated_at = self._buckets.get(client, (self.size, now))
        tokens = min(self.size, tokens + (now - updated_at) * self.rate)
        if tokens < 1:
            return (1 - tokens) / self.rate
        if len(self._buckets) >= _MAX_CLIENTS and client not in self._buckets:
            self._buckets.clear()  # start over rather than use ever more memory
        self._buckets[client] = tokens - 1, now
        return 0.0


class RateLimiter:
    """Counts requests per client; raises `TooManyRequests` with the seconds to wait."""

    def __init__(self, redis: Redis, *, reads: int, writes: int) -> None:
        """Set the limits per minute; 0 means no limit."""
        self._reads, self._writes = reads, writes
        self._read_buckets = LocalTokenBuckets(reads)
        self._write_buckets = LocalTokenBuckets(writes)
        self._script = redis.register_script(_SCRIPT)
        self._retry_redis_at = 0.0

    def count_read(self, client: str) -> None:
        """Count a request that changes nothing, without a call to Redis."""
        if self._reads and (wait := self._read_buckets.take(client)):
            raise _too_many(self._reads, "requests", wait)

    def count_write(self, client: str) -> None:
        """Count a request that changes something."""
        if self._writes and (wait := self._take_write(client)):
            raise _too_many(self._writes, "changes", wait)

    def _take_write(self, client: str) -> float:
        buckets = self._write_buckets
        if time.monotonic() >= self._retry_redis_at:
            try:
                return float(self._script([_PREFIX + client], [buckets.rate, buckets.size])) / 1000
            except RedisError:
                self._retry_redis_at = time.monotonic() + _REDIS_RETRY_S
        return buckets.take(client)


class VisitorLimiter:
    """Counts what the browser of each visitor of a shop requests, in this process only."""

    def __init__(self, *, reads: int, images: int) -> None:
        """Set the limits per minute; 0 means no limit."""
        self._reads, self._images = reads, images
        self._read_buckets, self._image_buckets = (
            LocalTokenBuckets(reads),
            LocalTokenBuckets(images),
        )

    def count_read(self, visitor: str) -> None:
        """Count a request with a storefront key; raises `TooManyRequests`."""
        if self._reads and (wait := self._read_buckets.take(visitor)):
            raise _too_many(self._reads, "requests from one address", wait)

    def count_image(self, visitor: str) -> None:
        """Count an image that is requested without a key; raises `TooManyRequests`."""
        if self._images and (wait := self._image_buckets.take(visitor)):
            raise _too_many(self._images, "images for one address", wait)


def _too_many(per_minute: int, what: str, wait: float) -> TooManyRequests:
    seconds = math.ceil(wait)
    return TooManyRequests(
        f"more than {per_minute:,} {what} per minute; retry in {seconds} s", wait_s=seconds
    )
