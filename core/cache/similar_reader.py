"""Reads the similar items of an item in one round trip."""

from dataclasses import dataclass
from typing import NamedTuple

from redis.asyncio import Redis

from core.cache.read_script import ReadScript
from core.cache.similar_writer import PREFIX

MILLION = 1_000_000


class SimilarItem(NamedTuple):
    """A match of a list."""

    sku: str
    view: str
    score: float
    attributes: bytes
    """The item's attributes as a JSON object."""


@dataclass(frozen=True)
class SimilarItems:
    """The first matches of a list, best first."""

    matches: tuple[SimilarItem, ...]
    is_complete: bool
    """Whether the list contains all other items, so that there are no further matches."""


class SimilarReader:
    """Reads the lists that `SimilarWriter` writes, within one event loop."""

    def __init__(self, redis: Redis) -> None:
        self._script = ReadScript(redis, "read_similar.lua")

    async def read(self, collection: str, sku: str, limit: int) -> SimilarItems | None:
        """Return the best matches of an item, at most `limit`, without deleted items.

        Return None if the item has no list, or the cache was lost.

        Raises:
            Unavailable: Redis does not respond.
        """
        reply = await self._script.run(PREFIX + collection, sku, limit)
        if reply is None:
            return None
        head, *lines = reply.split(b"\n")
        return SimilarItems(tuple(map(_parse, lines)), is_complete=head == b"all")

    async def close(self) -> None:
        """Close the connections."""
        await self._script.close()


def _parse(line: bytes) -> SimilarItem:
    sku, view, score, attributes = line.split(b"\t", 3)
    return SimilarItem(sku.decode(), view.decode(), int(score) / MILLION, attributes)
