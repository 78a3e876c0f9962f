"""Reads from Redis what all lists need to know about each item: card, images and availability.

A *card* is what a list shows of an item: its attributes. A list names only SKUs, so that a change
of an item changes one card instead of many lists, and an item without a card is in no list.
"""

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import cast

import orjson
from redis import Redis

from core.batching import batched
from core.cache.card_reader import CachedCard, parse_cards
from core.cache.image_files import shared_files
from core.cache.image_index import IndexedImage, read_entries
from core.cache.item_keys import PREFIX, key_of
from core.connections.redis_client import translate_errors
from core.domain import Attributes, Availability

CARD_BATCH = 500
STATE_BATCH = 10_000
_READ_CARDS = Path(__file__).with_name("read_cards.lua").read_text(encoding="utf-8")
_HAVE_CARDS = """
local have = {}
for i, sku in ipairs(ARGV) do have[i] = redis.call('HEXISTS', KEYS[1], sku) end
return table.concat(have)
"""


class ItemReader:
    """Reads the cards, images and availabilities of all collections.

    Every method raises `Unavailable` if Redis does not respond.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._read_cards = redis.register_script(_READ_CARDS)

    @translate_errors
    def live(self, collection: str) -> int | None:
        """Return the version of the availabilities; None if cards or availabilities are missing."""
        version = cast("bytes | None", self._redis.get(key_of(collection, "live")))
        return None if version is None else int(version)

    @translate_errors
    def known(self, collection: str, skus: Sequence[str]) -> set[str] | None:
        """Return the SKUs that have a card; None if the cache has lost cards."""
        if self.live(collection) is None:
            return None
        known: set[str] = set()
        for batch in batched(skus, STATE_BATCH):
            key = key_of(collection, "cards")
            reply = cast("bytes", self._redis.eval(_HAVE_CARDS, 1, key, *batch))
            pairs = zip(batch, reply, strict=True)
            known.update(sku for sku, has_card in pairs if has_card == ord("1"))
        return known

    @translate_errors
    def cards(self, collection: str, skus: Sequence[str]) -> dict[str, CachedCard] | None:
        """Return the cards of the items that exist, by SKU; None if the cache has lost cards."""
        cards: dict[str, CachedCard] = {}
        for batch in batched(skus, CARD_BATCH):
            reply = self._read_cards(args=[PREFIX + collection, orjson.dumps(batch)])
            if reply is None:
                return None
            cards |= parse_cards(batch, cast("bytes", reply))
        return cards

    @translate_errors
    def some_cards(self, collection: str, limit: int) -> dict[str, Attributes] | None:
        """Return the attributes of all items by SKU, of many items only of about `limit`; None if
        the cache has lost cards.
        """
        if self.live(collection) is None:
            return None
        cards = self._redis.hscan_iter(key_of(collection, "cards"), count=STATE_BATCH)
        return {sku.decode(): json.loads(card) for sku, card in islice(cards, limit)}

    @translate_errors
    def availabilities(
        self, collection: str, skus: Sequence[str]
    ) -> dict[str, Availability] | None:
        """Return the availabilities of those items that are not in stock.

        Return None if the cache has lost availabilities; the store knows them.
        """
        pipe = self._redis.pipeline(transaction=True)
        pipe.exists(key_of(collection, "live"))
        for batch in batched(skus, STATE_BATCH):
            pipe.hmget(key_of(collection, "availability"), batch)
        is_complete, *replies = pipe.execute()
        if not is_complete:
            return None
        states = [state for reply in replies for state in reply]
        pairs = zip(skus, states, strict=True)
        return {sku: Availability(state.decode()) for sku, state in pairs if state}

    @translate_errors
    def images(self, collection: str) -> list[IndexedImage] | None:
        """Return the images of all items, sorted by SKU; None if the cache has lost cards."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.exists(key_of(collection, "live"))
        pipe.hgetall(key_of(collection, "images"))
        is_complete, entries = pipe.execute()
        return read_entries(entries) if is_complete else None

    @translate_errors
    def some_images(self, collection: str, limit: int) -> list[IndexedImage] | None:
        """Return the images of about `limit` items at most; None if the cache has lost cards."""
        if self.live(collection) is None:
            return None
        entries = self._redis.hscan_iter(key_of(collection, "images"), count=limit)
        return read_entries(dict(islice(entries, limit)))

    @translate_errors
    def shared_images(self, collection: str, skus: Iterable[str]) -> list[tuple[str, str]]:
        """Return two of the items that have it, for each image file of these items in several."""
        pairs: dict[tuple[str, str], None] = {}
        for batch in batched(skus, CARD_BATCH):
            entries = self._entries(collection, batch)
            pairs |= dict.fromkeys(shared_files(self._redis, collection, entries))
        return list(pairs)

    def _entries(self, collection: str, skus: Sequence[str]) -> dict[str, bytes]:
        """Return the present entries of items in the index of images."""
        reply = self._redis.hmget(key_of(collection, "images"), list(skus))
        entries = zip(skus, cast("list[bytes | None]", reply), strict=True)
        return {sku: entry for sku, entry in entries if entry is not None}
