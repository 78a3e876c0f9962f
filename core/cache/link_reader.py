"""Reads what baskets and product pages are answered from: links, lookalikes and popular items."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from core.cache.list_writer import PREFIX
from core.cache.read_script import ReadConnection, ReadScript
from core.cache.similar_writer import PREFIX as SIMILAR_PREFIX
from core.item_links import LINK_SUMMARY, LinkSummary

_PARTS, _TEXTS = "\x1e", "\x1f"


@dataclass(frozen=True, slots=True)
class CachedLinks:
    """What is published about some items, about a user and about a region; texts as stored."""

    generation: str | None
    """None if no lists were published."""
    summary: LinkSummary
    own: str
    """The user's list; empty if there is none."""
    popular: str
    links: list[str]
    """The links of each item."""
    similar: list[str]
    """The similar list of each item, if it has few links."""


class LinkReader:
    """Reads the links that `CacheWriter` writes, within one event loop."""

    def __init__(self, connection: ReadConnection) -> None:
        self._script = ReadScript(connection, "read_links.lua")

    async def read(
        self, collection: str, skus: Sequence[str], *, user: str = "", regions: Sequence[str] = ()
    ) -> CachedLinks | None:
        """Return the links of items, and the list of a user and of the first region with a list.

        Return None if the cache was lost.

        Raises:
            Unavailable: Redis does not respond.
        """
        keys = PREFIX + collection, SIMILAR_PREFIX + collection
        reply = await self._script.run(*keys, user, orjson.dumps(skus), orjson.dumps(regions))
        if reply is None:
            return None
        generation, summary, own, popular, *texts = reply.decode().split(_PARTS)
        pairs = [text.split(_TEXTS) for text in texts]
        return CachedLinks(
            generation or None,
            LINK_SUMMARY.validate_json(summary) if summary else LinkSummary(0, 0.0),
            own,
            popular,
            [links for links, _ in pairs],
            [similar for _, similar in pairs],
        )

    async def read_published(
        self, collection: str, skus: Sequence[str], *, user: str = "", regions: Sequence[str] = ()
    ) -> CachedLinks | None:
        """Return the same; None also if no lists were published."""
        cached = await self.read(collection, skus, user=user, regions=regions)
        return cached if cached and cached.generation is not None else None
