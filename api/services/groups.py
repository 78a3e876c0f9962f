"""The attributes that collections are grouped by, in the memory of this process."""

import asyncio
import time
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

from core.errors import CoreError, NotFound
from core.storage import Collections

CHECK_INTERVAL_S = 0.5
"""A change applies in all processes after this time at most."""


class _Known(NamedTuple):
    group_by: str | None
    read_at: float


class Groups:
    """Reads definitions of collections at most twice a second, within one event loop."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections
        self._known: dict[str, _Known] = {}
        self._reading: dict[str, asyncio.Task[str | None]] = {}

    async def group_by(self, collection: str) -> str | None:
        """Return the attribute that a collection is grouped by; None if it has no groups.

        If the store does not respond, the last value holds.

        Raises:
            Unavailable: the store does not respond, and the value was never read.
        """
        known = self._known.get(collection)
        if known and time.monotonic() - known.read_at < CHECK_INTERVAL_S:
            return known.group_by
        if collection not in self._reading:
            self._reading[collection] = asyncio.create_task(self._read(collection, known))
        return await asyncio.shield(self._reading[collection])

    def forget(self, collection: str) -> None:
        """Read the definition at the next request: this process has just changed it."""
        self._known.pop(collection, None)

    async def _read(self, name: str, known: _Known | None) -> str | None:
        now = time.monotonic()
        try:
            definition = await run_in_threadpool(self._collections.get, name)
            self._known[name] = known = _Known(definition.group_by, now)
        except NotFound:
            self._known.pop(name, None)
            return None
        except CoreError:
            if known is None:
                raise
            self._known[name] = known._replace(read_at=now)
        finally:
            del self._reading[name]
        return known.group_by
