"""Reads the similar items of an item in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.cache.item_keys import PREFIX as ITEMS_PREFIX
from core.cache.parsed_lines import ParsedLines
from core.cache.read_script import ReadConnection, ReadScript
from core.cache.similar_writer import PREFIX
from core.domain import Availability

MILLION = 1_000_000


class SimilarItem(NamedTuple):
    """A match of a list."""

    sku: str
    view: str
    score: float
    attributes: bytes
    """The item's attributes as a JSON object."""
    availability: Availability = Availability.IN_STOCK
    rules: tuple[str, ...] = ()
    """The ids of the merchandising rules that name the item."""
    variants: tuple[str, ...] = ()
    """The SKUs of other matches of its group; lists do not know them."""


@dataclass(frozen=True)
class SimilarItems:
    """The first matches of a list, best first."""

    matches: Sequence[SimilarItem]
    is_complete: bool
    """Whether the list contains all other items, so that there are no further matches."""
    attributes: bytes = b"{}"
    """The attributes of the item itself, if unavailable matches were requested too."""
    is_hidden: bool = False
    """Whether the item itself is hidden."""


class SimilarReader:
    """Reads the lists that `SimilarWriter` writes, within one event loop."""

    def __init__(self, connection: ReadConnection) -> None:
        self._script = ReadScript(connection, "read_similar.lua")
        self._similarities = ReadScript(connection, "read_similarities.lua")

    async def read(
        self, collection: str, sku: str, limit: int, *, unavailable: bool = False
    ) -> SimilarItems | None:
        """Return the best matches of an item, at most `limit`, without deleted items.

        Return None if the item has no list, or the cache was lost.

        Args:
            unavailable: also return items that are out of stock or hidden.

        Raises:
            Unavailable: Redis does not respond.
        """
        prefixes = PREFIX + collection, ITEMS_PREFIX + collection
        states = "all" if unavailable else ""
        reply = await self._script.run(*prefixes, sku, limit, states)
        if reply is None:
            return None
        head, *lines = reply.split(b"\n")
        kind, state, card = head.split(b"\t", 2)
        return SimilarItems(
            ParsedLines(lines, _parse), is_complete=kind == b"all", attributes=card,
            is_hidden=state == Availability.HIDDEN.encode(),
        )  # fmt: skip

    async def similarities(
        self, collection: str, skus: Sequence[str]
    ) -> dict[str, dict[str, float]] | None:
        """Return how similar these items are to each other, as far as their lists tell.

        Items that are not in the list of either are missing. Return None if there are no lists.

        Raises:
            Unavailable: Redis does not respond.
        """
        if not skus:
            return {}
        reply = await self._similarities.run(PREFIX + collection, *skus)
        if reply is None:
            return None
        similarities: dict[str, dict[str, float]] = {sku: {} for sku in skus}
        for sku, text in zip(skus, reply.decode().split("\x1e"), strict=True):
            for line in text.split("\n")[1:-1]:
                other, _, score = line.split("\t")
                if other in similarities:  # the list of the other item may end before this one
                    similarities[sku][other] = similarities[other][sku] = int(score) / MILLION
        return similarities


def _parse(line: bytes) -> SimilarItem:
    sku, view, score, availability, attributes = line.split(b"\t", 4)
    state = Availability(availability.decode()) if availability else Availability.IN_STOCK
    return SimilarItem(sku.decode(), view.decode(), int(score) / MILLION, attributes, state)
