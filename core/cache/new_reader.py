"""Reads the newest items of a collection in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from core.cache.item_keys import PREFIX
from core.cache.parsed_lines import ParsedLines
from core.cache.read_script import ReadConnection, ReadScript
from core.domain import Availability

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NewItem(NamedTuple):
    """One of the newest items."""

    sku: str
    created_at: datetime
    """When the item was first imported."""
    attributes: bytes
    """A JSON object."""
    availability: Availability

    @property
    def score(self) -> float:
        """The newer, the higher."""
        return self.created_at.timestamp()


@dataclass(frozen=True)
class NewItems:
    """The newest items that may be shown, the newest first; equally new ones by SKU."""

    items: Sequence[NewItem]
    is_complete: bool
    """Whether there are no further items that may be shown."""


class NewReader:
    """Reads the cards that `ItemCache` writes, within one event loop."""

    def __init__(self, connection: ReadConnection) -> None:
        self._script = ReadScript(connection, "read_new.lua")

    async def read(
        self, collection: str, limit: int, *, include_out_of_stock: bool = False
    ) -> NewItems | None:
        """Return the newest items in stock, among the newest 10,000; None if the cache was lost.

        Raises:
            Unavailable: Redis does not respond.
        """
        also = Availability.OUT_OF_STOCK.value if include_out_of_stock else ""
        reply = await self._script.run(PREFIX + collection, limit, also)
        if reply is None:
            return None
        head, *lines = reply.split(b"\n")
        return NewItems(ParsedLines(lines, _parse), is_complete=head == b"all")


def _parse(line: bytes) -> NewItem:
    sku, created, state, attributes = line.split(b"\t", 3)
    at = _EPOCH - timedelta(microseconds=int(float(created)))
    availability = Availability(state.decode()) if state else Availability.IN_STOCK
    return NewItem(sku.decode(), at, attributes, availability)
