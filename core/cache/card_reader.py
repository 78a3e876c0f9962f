"""Reads the cards of some items in one round trip."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from core.cache.item_keys import PREFIX
from core.cache.read_script import ReadConnection, ReadScript
from core.domain import Availability


class CachedCard(NamedTuple):
    """What the cache knows about an item."""

    attributes: str
    """A JSON object."""
    availability: Availability


class CardReader:
    """Reads cards and availabilities, within one event loop."""

    def __init__(self, connection: ReadConnection) -> None:
        self._script = ReadScript(connection, "read_cards.lua")

    async def read(self, collection: str, skus: Sequence[str]) -> dict[str, CachedCard] | None:
        """Return the cards of the items that exist, by SKU; None if the cache was lost.

        Raises:
            Unavailable: Redis does not respond.
        """
        if not skus:
            return {}
        reply = await self._script.run(PREFIX + collection, orjson.dumps(skus))
        return None if reply is None else parse_cards(skus, reply)


def parse_cards(skus: Sequence[str], reply: bytes) -> dict[str, CachedCard]:
    """Return the cards in a reply of `read_cards.lua`, by SKU."""
    rows = [row.split("\x1f", 1) for row in reply.decode().split("\x1e")]
    return {
        sku: CachedCard(attributes, Availability(state) if state else Availability.IN_STOCK)
        for sku, (state, attributes) in zip(skus, rows, strict=True)
        if attributes
    }
