"""The cache of what all lists need to know about each item: its card and its availability."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from core.batching import batched
from core.cache.image_files import change_files
from core.cache.image_index import AssessedImage, to_entry
from core.cache.item_keys import key_of
from core.cache.item_reader import CARD_BATCH, STATE_BATCH, ItemReader
from core.cache.word_index import WordIndex, change_words, drop_words
from core.connections.redis_client import translate_errors
from core.domain import Attributes, Availability
from core.errors import Unavailable


class NamedItem(Protocol):
    """What a card is made of."""

    @property
    def sku(self) -> str:
        """The item's SKU."""

    @property
    def attributes(self) -> Attributes:
        """The item's attributes."""

    @property
    def images(self) -> Sequence[AssessedImage]:
        """The item's images."""

    @property
    def created_at(self) -> datetime:
        """When the item was first imported."""


class ItemCache(ItemReader):
    """Reads, writes and removes the cards, images and availabilities of all collections.

    Callers who write hold the collection's lock, and write to the store first. Every method raises
    `Unavailable` if Redis does not respond.
    """

    @translate_errors
    def begin(self, collection: str) -> str:
        """Begin to write everything, or join others who do; return a token for `go_live`."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.set(key_of(collection, "token"), secrets.token_hex(8), nx=True)
        pipe.get(key_of(collection, "token"))
        return cast("bytes", pipe.execute()[1]).decode()

    @translate_errors
    def go_live_empty(self, collection: str) -> None:
        """Declare the cards of a new collection complete: it has no items."""
        self.go_live(collection, self.begin(collection), 0, {})

    @translate_errors
    def go_live(
        self, collection: str, token: str, version: int, states: Mapping[str, Availability]
    ) -> None:
        """Replace all availabilities, then declare them and the cards complete.

        Raises:
            Unavailable: the cache has lost cards that were written since `begin`.
        """
        key, availability = key_of(collection, "token"), key_of(collection, "availability")
        with cast("Any", self._redis.pipeline(transaction=True)) as pipe:
            pipe.watch(key)
            if pipe.get(key) != token.encode():
                raise Unavailable("the cache has lost cards of items; they will be written again")
            pipe.multi()
            pipe.delete(availability)
            for batch in batched(_unavailable(states).items(), STATE_BATCH):
                pipe.hset(availability, mapping=cast("Any", dict(batch)))
            pipe.set(key_of(collection, "live"), version)
            pipe.execute()

    @translate_errors
    def put_cards(self, collection: str, items: Iterable[NamedItem]) -> None:
        """Write the cards of items, their words and images, and when they were created."""
        for batch in batched(items, CARD_BATCH):
            pipe = self._redis.pipeline(transaction=True)
            cards = {item.sku: _to_card(item.attributes) for item in batch}
            images = {item.sku: to_entry(item.images).encode() for item in batch}
            attributes = {item.sku: item.attributes for item in batch}
            change_words(pipe, collection, self._attributes(collection, [*cards]), attributes)
            change_files(pipe, collection, self._entries(collection, [*cards]), images)
            pipe.hset(key_of(collection, "cards"), mapping=cast("Any", cards))
            pipe.hset(key_of(collection, "images"), mapping=cast("Any", images))
            pipe.zadd(key_of(collection, "created"), {item.sku: _score(item) for item in batch})
            pipe.execute()

    @translate_errors
    def remove(self, collection: str, skus: Iterable[str]) -> None:
        """Remove cards: these items are in no list from now on."""
        for batch in batched(skus, CARD_BATCH):
            pipe = self._redis.pipeline(transaction=True)
            change_words(pipe, collection, self._attributes(collection, batch), {})
            change_files(pipe, collection, self._entries(collection, batch), {})
            for part in ("cards", "images"):
                pipe.hdel(key_of(collection, part), *batch)
            pipe.zrem(key_of(collection, "created"), *batch)
            pipe.execute()

    @translate_errors
    def put_availability(
        self, collection: str, version: int, states: Mapping[str, Availability]
    ) -> None:
        """Change the availabilities of items, all at the same time.

        Args:
            version: that of the store after the change.
        """
        unavailable, key = _unavailable(states), key_of(collection, "availability")
        pipe = self._redis.pipeline(transaction=True)
        for batch in batched(unavailable.items(), STATE_BATCH):
            pipe.hset(key, mapping=cast("Any", dict(batch)))
        for skus in batched(states.keys() - unavailable.keys(), STATE_BATCH):
            pipe.hdel(key, *skus)
        pipe.set(key_of(collection, "live"), version, xx=True)
        pipe.execute()

    @translate_errors
    def drop(self, collection: str) -> None:
        """Remove all cards, words, images and availabilities of a collection."""
        drop_words(self._redis, collection)
        parts = ("live", "token", "cards", "images", "files", "created", "availability")
        self._redis.unlink(*(key_of(collection, part) for part in parts))

    def _attributes(self, collection: str, skus: Sequence[str]) -> dict[str, Attributes]:
        """Return the attributes on the present cards of items."""
        return WordIndex(self._redis).attributes(collection, skus)


def _unavailable(states: Mapping[str, Availability]) -> dict[str, str]:
    return {sku: state.value for sku, state in states.items() if state is not Availability.IN_STOCK}


def _to_card(attributes: Attributes) -> bytes:
    return json.dumps(attributes, ensure_ascii=False, separators=(",", ":")).encode()


def _score(item: NamedItem) -> float:
    """Return the score that sorts the newest item first, and equally new ones by SKU."""
    return -round(item.created_at.timestamp() * 1_000_000)
