"""An index of the words in the attributes of items, kept with their cards."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from redis import Redis

from core.batching import batched
from core.cache.item_keys import PREFIX, key_of
from core.connections.redis_client import translate_errors
from core.domain import SEEN_COLOUR, Attributes
from core.errors import Unavailable
from core.words import words_of

_BATCH = 10_000
_CHANGE_WORDS = Path(__file__).with_name("change_words.lua").read_text(encoding="utf-8")
Cards = Mapping[str, Attributes]
"""Attributes by SKU."""
Words = Mapping[str, set[str]]
"""Words by SKU."""


class WordIndex:
    """Finds items by words of their attributes. Methods raise `Unavailable` without Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @translate_errors
    def find(self, collection: str, words: Iterable[str]) -> dict[str, frozenset[str]]:
        """Return the SKUs of the items that have a word, by word.

        Raises:
            Unavailable: the cache was lost and is being restored.
        """
        wanted, pipe = [*words], self._redis.pipeline(transaction=True)
        pipe.exists(key_of(collection, "live"))
        for word in wanted:
            pipe.smembers(_key(collection, word))
        is_complete, *replies = pipe.execute()
        if not is_complete:
            raise Unavailable("the words of attributes are being read again; retry in a minute")
        skus = (frozenset(sku.decode() for sku in reply) for reply in replies)
        return dict(zip(wanted, skus, strict=True))

    @translate_errors
    def attributes(self, collection: str, skus: Iterable[str]) -> dict[str, Attributes]:
        """Return the attributes on the cards of the items that exist, by SKU."""
        attributes: dict[str, Attributes] = {}
        for batch in batched(skus, _BATCH):
            cards = cast("list[Any]", self._redis.hmget(key_of(collection, "cards"), batch))
            pairs = zip(batch, cards, strict=True)
            attributes |= {sku: json.loads(card) for sku, card in pairs if card}
        return attributes


def shop_words(attributes: Attributes) -> set[str]:
    """Return the words under which an item is found: those of the shop, not of the machine."""
    own = {name: value for name, value in attributes.items() if name != SEEN_COLOUR}
    return words_of(own)


def change_words(pipe: Any, collection: str, before: Cards, after: Cards) -> None:
    """Add the command that replaces the words of some hundred items.

    Items that are only in `before` lose all words; those whose attributes are equal keep theirs.
    """
    changed = [sku for sku in before.keys() | after if before.get(sku) != after.get(sku)]
    old, new = (
        {sku: shop_words(cards.get(sku, {})) for sku in changed} for cards in (before, after)
    )
    changes = _by_word(new, without=old), _by_word(old, without=new)
    if any(changes):
        data = json.dumps(changes, ensure_ascii=False)
        pipe.eval(_CHANGE_WORDS, 0, f"{PREFIX}{collection}", data)


def drop_words(redis: Redis, collection: str) -> None:
    """Remove all words of a collection."""
    words = cast("set[bytes]", redis.smembers(_vocabulary(collection)))
    for batch in batched(words, _BATCH):
        redis.unlink(*(_key(collection, word.decode()) for word in batch))
    redis.unlink(_vocabulary(collection))


def _by_word(words: Words, *, without: Words) -> dict[str, list[str]]:
    skus: defaultdict[str, list[str]] = defaultdict(list)
    for sku, own in words.items():
        for word in own - without[sku]:
            skus[word].append(sku)
    return skus


def _key(collection: str, word: str) -> str:
    return key_of(collection, f"word:{word}")


def _vocabulary(collection: str) -> str:
    return key_of(collection, "words")
