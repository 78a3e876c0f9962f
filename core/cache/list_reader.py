"""Reads recommendation lists in one round trip, without what was deleted or is unavailable."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from core.cache.item_keys import PREFIX as ITEMS_PREFIX
from core.cache.list_writer import PREFIX
from core.cache.parsed_lines import ParsedLines
from core.cache.read_script import ReadConnection, ReadScript
from core.domain import Availability
from core.recommendations import USER_PURCHASES

_ALL_ROWS = 100_000


class CachedRow(NamedTuple):
    """One recommendation."""

    sku: str
    text: bytes
    """The whole recommendation as a JSON object."""
    availability: Availability = Availability.IN_STOCK
    attributes: bytes = b""
    """The item's attributes as a JSON object; empty unless cards were requested."""
    variants: tuple[str, ...] = ()
    """The SKUs of other items of its group in the list; the cache does not know them."""

    @property
    def score(self) -> float:
        """The score of the recommendation."""
        return float(json.loads(self.text)["score"])


class CachedList(NamedTuple):
    """A user's own list, or popular items."""

    generation: str
    region: str | None
    """The region in which the items are popular; None for a user's own list."""
    rows: Sequence[CachedRow]
    """Best first; parsing them as JSON would cost as much as the rest of a request."""
    bought: frozenset[str] = frozenset()
    """The user's last purchases; only in the answer to `popular`."""

    @property
    def personal(self) -> bool:
        """Return whether this is the user's own list."""
        return self.region is None


class CacheReader:
    """Reads the lists that `CacheWriter` writes, within one event loop.

    Every method returns None if nothing was published or the cache was lost.

    Raises:
        Unavailable: Redis does not respond.
    """

    def __init__(self, connection: ReadConnection) -> None:
        self._script = ReadScript(connection, "read_list.lua")

    async def read(
        self, collection: str, user: str, regions: Sequence[str], limit: int
    ) -> CachedList | None:
        """Return the first items in stock of a user's list, else of the nearest region's list."""
        return await self._run("rows", collection, user, regions, limit)

    async def with_cards(
        self, collection: str, user: str, regions: Sequence[str]
    ) -> CachedList | None:
        """Return the same list with all items, also unavailable ones, and their cards."""
        return await self._run("cards", collection, user, regions, _ALL_ROWS)

    async def popular(
        self, collection: str, user: str, regions: Sequence[str]
    ) -> CachedList | None:
        """Return the popular items of all these regions with cards; items may be repeated."""
        return await self._run("popular", collection, user, regions, _ALL_ROWS)

    async def _run(
        self, mode: str, collection: str, user: str, regions: Sequence[str], limit: int
    ) -> CachedList | None:
        prefixes = PREFIX + collection, ITEMS_PREFIX + collection
        reply = await self._script.run(*prefixes, mode, limit, user, *regions)
        if reply is None:
            return None
        generation, kind, purchases, *lines = reply.split(b"\n")
        region = None if kind == b"u" else kind[1:].decode()
        parse = _parse_row if mode == "rows" else _parse_row_with_card
        rows = ParsedLines(lines, parse)
        return CachedList(generation.decode(), region, rows, _skus(purchases))


def _parse_row(line: bytes) -> CachedRow:
    text, _, sku = line.rpartition(b"\t")
    return CachedRow(sku.decode(), text)


def _parse_row_with_card(line: bytes) -> CachedRow:
    text, sku, availability, attributes = line.split(b"\t", 3)
    state = Availability(availability.decode()) if availability else Availability.IN_STOCK
    return CachedRow(sku.decode(), text, state, attributes)


def _skus(purchases: bytes) -> frozenset[str]:
    if not purchases:
        return frozenset()
    return frozenset(row.sku for row in USER_PURCHASES.validate_json(purchases).purchases)
