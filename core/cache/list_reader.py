"""How a user's list is read: in one round trip, and without a thread, which would cost as much."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

from redis import RedisError
from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from core.cache.list_writer import PREFIX, lines_of
from core.connections.redis_client import unavailable

AT_ONCE = 64
"""Each takes a connection, and it stays open."""
_SCRIPT = Path(__file__).with_name("read_list.lua").read_text()
_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


class Row(NamedTuple):
    """One recommendation."""

    sku: str
    text: bytes
    """All of it, as a JSON object."""


@dataclass(frozen=True)
class Found:
    """What is offered to a user: a list of their own, or what is popular where they are."""

    generation: str
    personal: bool
    lines: bytes
    """As they are kept: to read all of them as JSON would cost as much as all else."""
    gone: frozenset[bytes] = frozenset()
    """Skus that are left out."""

    def first(self, limit: int) -> list[Row]:
        """The best so many."""
        lines = self.lines.split(b"\n", -1 if self.gone else limit)
        pairs = (line.rpartition(b"\t") for line in lines if line)
        kept = [Row(sku.decode(), text) for text, _, sku in pairs if sku not in self.gone]
        return kept[:limit]


class ListReader:
    """Reads the lists that `Lists` writes, within one event loop."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def read(self, collection: str, user: str, regions: Sequence[str]) -> Found | None:
        """A user's list or, for one without, what is popular in the first region that has a list.

        None where nothing has been published, or all has been lost.

        Raises:
            Unavailable: Redis does not answer.
        """
        try:
            async with self._turns:
                found = await self._run(PREFIX + collection, user, *regions)
        except RedisError as exc:
            raise unavailable(exc) from exc
        if found is None:
            return None
        generation, kind, gone, lines = found.split(b"\n", 3)
        if lines.startswith(b"["):  # written by a version before, as one JSON array
            lines = lines_of(json.loads(lines)).encode()
        hidden = frozenset(gone.split(b"\t")) if gone else frozenset()
        return Found(generation.decode(), kind == b"u", lines, hidden)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    async def _run(self, *args: str) -> bytes | None:
        command = cast("Any", self._redis.execute_command)
        try:
            return cast("bytes | None", await command("EVALSHA", _SHA, 0, *args))
        except NoScriptError:
            return cast("bytes | None", await command("EVAL", _SCRIPT, 0, *args))
