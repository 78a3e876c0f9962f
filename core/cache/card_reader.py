"""Reads the cards of some items in one round trip."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from redis.asyncio import Redis

from core.cache.item_keys import PREFIX
from core.cache.read_script import ReadScript
from core.domain import Availability


class CachedCard(NamedTuple):
    """What the cache knows about an item."""

    attributes: str
    """A JSON object."""
    availability: Availability


def parse_card(state: str, attributes: str) -> CachedCard | None:
    """Return a card from what scripts return of it: '' in stock, '' for a deleted item."""
    if not attributes:
        return None
    return CachedCard(attributes, Availability(state) if state else Availability.IN_STOCK)


class CardReader:
    """Reads cards and availabilities, within one event loop."""

    def __init__(self, redis: Redis) -> None:
        self._script = ReadScript(redis, "read_cards.lua")

    async def read(self, collection: str, skus: Sequence[str]) -> dict[str, CachedCard] | None:
        """Return the cards of the items that exist, by SKU; None if the cache was lost.

        Raises:
            Unavailable: Redis does not respond.
        """
        if not skus:
            return {}
        reply = await self._script.run(PREFIX + collection, orjson.dumps(skus))
        if reply is None:
            return None
        rows = (row.split("\x1f", 1) for row in reply.decode().split("\x1e"))
        cards = zip(skus, rows, strict=True)
        return {sku: card for sku, row in cards if (card := parse_card(*row)) is not None}

    async def close(self) -> None:
        """Close the connections."""
        await self._script.close()
