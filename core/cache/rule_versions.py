"""The number of the current version of each collection's rules in Redis.

Readers ask for it twice a second, and read the rules themselves from the store when it changes.
"""

from redis import Redis

from core.connections.redis_client import translate_errors

PREFIX = "lookalike:rules:"
LIFETIME_S = 60
"""After this time, the next reader sets the number again from the store."""


class RuleVersions:
    """Publishes version numbers. Every method raises `Unavailable` if Redis does not respond."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @translate_errors
    def publish(self, collection: str, version: int) -> None:
        """Set the current version after it was stored; all readers use it from now on."""
        self._redis.set(PREFIX + collection, version, ex=LIFETIME_S)

    @translate_errors
    def restore(self, collection: str, version: int) -> None:
        """Set the version that the store has, unless another process has set one meanwhile."""
        self._redis.set(PREFIX + collection, version, ex=LIFETIME_S, nx=True)
