"""Reads recommendation lists in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from redis.asyncio import Redis

from core.cache.list_writer import PREFIX
from core.cache.read_script import ReadScript


class CachedRow(NamedTuple):
    """One recommendation."""

    sku: str
    text: bytes
    """The whole recommendation as a JSON object."""


@dataclass(frozen=True)
class CachedList:
    """A user's own list, or the popular items of their region."""

    generation: str
    personal: bool
    lines: bytes
    """The list as stored; parsing it as JSON would cost as much as the rest of a request."""
    hidden_skus: frozenset[bytes] = frozenset()

    def top(self, limit: int) -> list[CachedRow]:
        """Return the best `limit` rows that are not hidden."""
        lines = self.lines.split(b"\n", -1 if self.hidden_skus else limit)
        pairs = (line.rpartition(b"\t") for line in lines if line)
        rows = [
            CachedRow(sku.decode(), text) for text, _, sku in pairs if sku not in self.hidden_skus
        ]
        return rows[:limit]


class CacheReader:
    """Reads the lists that `CacheWriter` writes, within one event loop."""

    def __init__(self, redis: Redis) -> None:
        self._script = ReadScript(redis, "read_list.lua")

    async def read(self, collection: str, user: str, regions: Sequence[str]) -> CachedList | None:
        """Return a user's list, else the popular items of the first region that has a list.

        Return None if nothing was published or the cache was lost.

        Raises:
            Unavailable: Redis does not respond.
        """
        reply = await self._script.run(PREFIX + collection, user, *regions)
        if reply is None:
            return None
        generation, kind, hidden, lines = reply.split(b"\n", 3)
        hidden_skus = frozenset(hidden.split(b"\t")) if hidden else frozenset()
        return CachedList(generation.decode(), kind == b"u", lines, hidden_skus)

    async def close(self) -> None:
        """Close the connections."""
        await self._script.close()
