"""Writes the lists of similar items to Redis.

A list names only SKUs, views and scores. Each list is replaced as a whole, so readers never see
half of one.
"""

from collections.abc import Iterable
from typing import Any, cast

from redis import Redis

from core.batching import batched
from core.connections.redis_client import translate_errors
from core.errors import Unavailable

PREFIX = "lookalike:similar:"
_BATCH = 500


class SimilarWriter:
    """Writes and removes the similar lists of all collections.

    Every method raises `Unavailable` if Redis does not respond.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @translate_errors
    def live(self, collection: str) -> str | None:
        """Return the version of the lists in the cache; None if they are missing or incomplete."""
        version = cast("bytes | None", self._redis.get(_key(collection, "live")))
        return version.decode() if version else None

    @translate_errors
    def begin(self, collection: str, token: str) -> str | None:
        """Begin to write a version under a token; return the version in the cache as `live` does.

        If the cache loses its contents from now on, `go_live` notices that the token is missing.
        """
        pipe = self._redis.pipeline(transaction=True)
        pipe.get(_key(collection, "live"))
        pipe.set(_key(collection, "token"), token)
        version = cast("bytes | None", pipe.execute()[0])
        return version.decode() if version else None

    @translate_errors
    def go_live(self, collection: str, version: str, token: str) -> None:
        """Declare the lists complete; they may be served from now on.

        Raises:
            Unavailable: the cache has lost what was written since `begin`.
        """
        key = _key(collection, "token")
        with cast("Any", self._redis.pipeline(transaction=True)) as pipe:
            pipe.watch(key)
            if pipe.get(key) != token.encode():
                raise Unavailable("the cache has lost similar lists; they will be written again")
            pipe.multi()
            pipe.set(_key(collection, "live"), version)
            pipe.delete(key)
            pipe.execute()

    @translate_errors
    def listed(self, collection: str) -> set[str]:
        """Return the SKUs of all items that have a list."""
        skus = cast("list[bytes]", self._redis.hkeys(_key(collection, "lists")))
        return {sku.decode() for sku in skus}

    @translate_errors
    def write(self, collection: str, lists: Iterable[tuple[str, bytes]]) -> None:
        """Write lists as text, by SKU."""
        for batch in batched(lists, _BATCH):
            self._redis.hset(_key(collection, "lists"), mapping=cast("Any", dict(batch)))

    @translate_errors
    def drop_lists(self, collection: str, skus: Iterable[str]) -> None:
        """Remove the lists of these items; until they have new ones, searches answer for them."""
        for batch in batched(skus, _BATCH):
            self._redis.hdel(_key(collection, "lists"), *batch)

    @translate_errors
    def drop(self, collection: str) -> None:
        """Remove all lists of a collection."""
        parts = ("live", "token", "lists")
        self._redis.unlink(*(_key(collection, part) for part in parts))


def _key(collection: str, part: str) -> str:
    return f"{PREFIX}{collection}:{part}"
