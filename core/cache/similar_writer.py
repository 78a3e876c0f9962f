"""Writes the lists of similar items to Redis, and the cards of all items.

A *card* is what a list shows of an item: its attributes. A list names only SKUs, views and scores,
so that a change of an item changes one card instead of many lists, and an item without a card is in
no list. Each list is replaced as a whole, so readers never see half of one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from redis import Redis

from core.batching import batched
from core.connections.redis_client import translate_errors
from core.domain import Attributes
from core.errors import Unavailable

PREFIX = "lookalike:similar:"
_BATCH = 500


class SimilarWriter:
    """Writes and removes similar lists and cards of all collections.

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
        """Declare the lists and cards complete; they may be served from now on.

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
    def put_cards(self, collection: str, attributes: Mapping[str, Attributes]) -> None:
        """Write the cards of items with these attributes, by SKU.

        Callers hold the collection's lock, and write the cards after the documents.
        """
        for batch in batched(attributes.items(), _BATCH):
            cards = {sku: _to_card(values) for sku, values in batch}
            self._redis.hset(_key(collection, "cards"), mapping=cast("Any", cards))

    @translate_errors
    def hide(self, collection: str, skus: Sequence[str]) -> None:
        """Remove cards and lists: these items are in no list, and have none, from now on."""
        for batch in batched(skus, _BATCH):
            pipe = self._redis.pipeline(transaction=True)
            pipe.hdel(_key(collection, "cards"), *batch)
            pipe.hdel(_key(collection, "lists"), *batch)
            pipe.execute()

    @translate_errors
    def drop(self, collection: str) -> None:
        """Remove all lists and cards of a collection."""
        parts = ("live", "token", "lists", "cards")
        self._redis.unlink(*(_key(collection, part) for part in parts))


def _to_card(attributes: Attributes) -> bytes:
    return json.dumps(attributes, ensure_ascii=False, separators=(",", ":")).encode()


def _key(collection: str, part: str) -> str:
    return f"{PREFIX}{collection}:{part}"
