"""Writes to Redis what all lists need to know about each item: its card and its availability.

A *card* is what a list shows of an item: its attributes. A list names only SKUs, so that a change
of an item changes one card instead of many lists, and an item without a card is in no list.
"""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, cast

import orjson
from redis import Redis

from core.batching import batched
from core.cache.card_reader import CachedCard, parse_cards
from core.cache.image_files import change_files, shared_files
from core.cache.image_index import AssessedImage, IndexedImage, read_entries, to_entry
from core.cache.item_keys import PREFIX
from core.cache.word_index import WordIndex, change_words, drop_words
from core.connections.redis_client import translate_errors
from core.domain import Attributes, Availability
from core.errors import Unavailable

_BATCH = 500
_STATE_BATCH = 10_000
_READ_CARDS = Path(__file__).with_name("read_cards.lua").read_text(encoding="utf-8")
_HAVE_CARDS = """
local have = {}
for i, sku in ipairs(ARGV) do have[i] = redis.call('HEXISTS', KEYS[1], sku) end
return table.concat(have)
"""


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


class ItemWriter:
    """Writes, reads and removes the cards and availabilities of all collections.

    Callers hold the collection's lock, and write to the store first. Every method raises
    `Unavailable` if Redis does not respond.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._read_cards = redis.register_script(_READ_CARDS)

    @translate_errors
    def live(self, collection: str) -> int | None:
        """Return the version of the availabilities; None if cards or availabilities are missing."""
        version = cast("bytes | None", self._redis.get(_key(collection, "live")))
        return None if version is None else int(version)

    @translate_errors
    def begin(self, collection: str) -> str:
        """Begin to write everything, or join others who do; return a token for `go_live`."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.set(_key(collection, "token"), secrets.token_hex(8), nx=True)
        pipe.get(_key(collection, "token"))
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
        key, availability = _key(collection, "token"), _key(collection, "availability")
        with cast("Any", self._redis.pipeline(transaction=True)) as pipe:
            pipe.watch(key)
            if pipe.get(key) != token.encode():
                raise Unavailable("the cache has lost cards of items; they will be written again")
            pipe.multi()
            pipe.delete(availability)
            for batch in batched(_unavailable(states).items(), _STATE_BATCH):
                pipe.hset(availability, mapping=cast("Any", dict(batch)))
            pipe.set(_key(collection, "live"), version)
            pipe.execute()

    @translate_errors
    def put_cards(self, collection: str, items: Iterable[NamedItem]) -> None:
        """Write the cards of items, their words and images, and when they were created."""
        for batch in batched(items, _BATCH):
            pipe = self._redis.pipeline(transaction=True)
            cards = {item.sku: _to_card(item.attributes) for item in batch}
            images = {item.sku: to_entry(item.images).encode() for item in batch}
            attributes = {item.sku: item.attributes for item in batch}
            change_words(pipe, collection, self._attributes(collection, [*cards]), attributes)
            change_files(pipe, collection, self._entries(collection, [*cards]), images)
            pipe.hset(_key(collection, "cards"), mapping=cast("Any", cards))
            pipe.hset(_key(collection, "images"), mapping=cast("Any", images))
            pipe.zadd(_key(collection, "created"), {item.sku: _score(item) for item in batch})
            pipe.execute()

    @translate_errors
    def remove(self, collection: str, skus: Iterable[str]) -> None:
        """Remove cards: these items are in no list from now on."""
        for batch in batched(skus, _BATCH):
            pipe = self._redis.pipeline(transaction=True)
            change_words(pipe, collection, self._attributes(collection, batch), {})
            change_files(pipe, collection, self._entries(collection, batch), {})
            for part in ("cards", "images"):
                pipe.hdel(_key(collection, part), *batch)
            pipe.zrem(_key(collection, "created"), *batch)
            pipe.execute()

    @translate_errors
    def put_availability(
        self, collection: str, version: int, states: Mapping[str, Availability]
    ) -> None:
        """Change the availabilities of items, all at the same time.

        Args:
            version: that of the store after the change.
        """
        unavailable, key = _unavailable(states), _key(collection, "availability")
        pipe = self._redis.pipeline(transaction=True)
        for batch in batched(unavailable.items(), _STATE_BATCH):
            pipe.hset(key, mapping=cast("Any", dict(batch)))
        for skus in batched(states.keys() - unavailable.keys(), _STATE_BATCH):
            pipe.hdel(key, *skus)
        pipe.set(_key(collection, "live"), version, xx=True)
        pipe.execute()

    @translate_errors
    def availabilities(
        self, collection: str, skus: Sequence[str]
    ) -> dict[str, Availability] | None:
        """Return the availabilities of those items that are not in stock.

        Return None if the cache has lost availabilities; the store knows them.
        """
        pipe = self._redis.pipeline(transaction=True)
        pipe.exists(_key(collection, "live"))
        for batch in batched(skus, _STATE_BATCH):
            pipe.hmget(_key(collection, "availability"), batch)
        is_complete, *replies = pipe.execute()
        if not is_complete:
            return None
        states = [state for reply in replies for state in reply]
        pairs = zip(skus, states, strict=True)
        return {sku: Availability(state.decode()) for sku, state in pairs if state}

    @translate_errors
    def cards(self, collection: str, skus: Sequence[str]) -> dict[str, CachedCard] | None:
        """Return the cards of the items that exist, by SKU; None if the cache has lost cards."""
        cards: dict[str, CachedCard] = {}
        for batch in batched(skus, _BATCH):
            reply = self._read_cards(args=[PREFIX + collection, orjson.dumps(batch)])
            if reply is None:
                return None
            cards |= parse_cards(batch, cast("bytes", reply))
        return cards

    @translate_errors
    def known(self, collection: str, skus: Sequence[str]) -> set[str] | None:
        """Return the SKUs that have a card; None if the cache has lost cards."""
        if self.live(collection) is None:
            return None
        known: set[str] = set()
        for batch in batched(skus, _STATE_BATCH):
            key = _key(collection, "cards")
            reply = cast("bytes", self._redis.eval(_HAVE_CARDS, 1, key, *batch))
            pairs = zip(batch, reply, strict=True)
            known.update(sku for sku, has_card in pairs if has_card == ord("1"))
        return known

    @translate_errors
    def some_cards(self, collection: str, limit: int) -> dict[str, Attributes] | None:
        """Return the attributes of all items by SKU, of many items only of about `limit`; None if
        the cache has lost cards.
        """
        if self.live(collection) is None:
            return None
        cards = self._redis.hscan_iter(_key(collection, "cards"), count=_STATE_BATCH)
        return {sku.decode(): json.loads(card) for sku, card in islice(cards, limit)}

    @translate_errors
    def images(self, collection: str) -> list[IndexedImage] | None:
        """Return the images of all items, sorted by SKU; None if the cache has lost cards."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.exists(_key(collection, "live"))
        pipe.hgetall(_key(collection, "images"))
        is_complete, entries = pipe.execute()
        return read_entries(entries) if is_complete else None

    @translate_errors
    def shared_images(self, collection: str, skus: Iterable[str]) -> list[tuple[str, str]]:
        """Return two of the items that have it, for each image file of these items in several."""
        pairs: dict[tuple[str, str], None] = {}
        for batch in batched(skus, _BATCH):
            entries = self._entries(collection, batch)
            pairs |= dict.fromkeys(shared_files(self._redis, collection, entries))
        return list(pairs)

    @translate_errors
    def drop(self, collection: str) -> None:
        """Remove all cards, words, images and availabilities of a collection."""
        drop_words(self._redis, collection)
        parts = ("live", "token", "cards", "images", "files", "created", "availability")
        self._redis.unlink(*(_key(collection, part) for part in parts))

    def _attributes(self, collection: str, skus: Sequence[str]) -> dict[str, Attributes]:
        """Return the attributes on the present cards of items."""
        return WordIndex(self._redis).attributes(collection, skus)

    def _entries(self, collection: str, skus: Sequence[str]) -> dict[str, bytes]:
        """Return the present entries of items in the index of images."""
        reply = self._redis.hmget(_key(collection, "images"), list(skus))
        entries = zip(skus, cast("list[bytes | None]", reply), strict=True)
        return {sku: entry for sku, entry in entries if entry is not None}


def _unavailable(states: Mapping[str, Availability]) -> dict[str, str]:
    return {sku: state.value for sku, state in states.items() if state is not Availability.IN_STOCK}


def _to_card(attributes: Attributes) -> bytes:
    return json.dumps(attributes, ensure_ascii=False, separators=(",", ":")).encode()


def _score(item: NamedItem) -> float:
    """Return the score that sorts the newest item first, and equally new ones by SKU."""
    return -round(item.created_at.timestamp() * 1_000_000)


def _key(collection: str, part: str) -> str:
    return f"{PREFIX}{collection}:{part}"
