"""The rules of collections in the memory of this process."""

import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from redis import RedisError
from redis.asyncio import Redis
from starlette.concurrency import run_in_threadpool

from core.cache.rule_versions import PREFIX, RuleVersions
from core.connections.redis_client import unavailable
from core.errors import NotFound
from core.rules import NO_RULES, ActiveRules, Placement, RuleBook
from core.storage import Stores

CHECK_INTERVAL_S = 0.5
"""New rules apply in all processes after this time at most."""
_MAX_BOOKS = 1000


@dataclass(frozen=True)
class _Known:
    book: RuleBook
    checked_at: float


class RuleBooks:
    """Parsed rules by collection, for use within one event loop.

    Only the number of the current version is read again and again, from Redis; the rules are read
    from the store when it changes.
    """

    def __init__(self, stores: Stores, versions: RuleVersions, redis: Redis) -> None:
        self._stores, self._versions, self._redis = stores, versions, redis
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def active(self, collection: str, placement: Placement) -> ActiveRules:
        """Return the rules that apply in a placement now; none for an unknown collection.

        Raises:
            Unavailable: Redis does not respond.
        """
        known, now = self._known.get(collection), time.monotonic()
        if known is None or now - known.checked_at > CHECK_INTERVAL_S:
            known = await self._check(collection, known, now)
        if known is None or not known.book.rules:
            return NO_RULES
        return known.book.active(placement, datetime.now(UTC))

    def forget(self, collection: str) -> None:
        """Check the version at the next request: this process has just changed it."""
        self._known.pop(collection, None)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _check(self, collection: str, known: _Known | None, now: float) -> _Known | None:
        version = await self._version(collection)
        if known is not None and version == known.book.version:
            return self._keep(collection, _Known(known.book, now))
        try:
            book = await run_in_threadpool(self._read, collection, version)
        except NotFound:
            return None
        return self._keep(collection, _Known(book, now))

    async def _version(self, collection: str) -> int | None:
        try:
            version = await self._redis.get(PREFIX + collection)
        except RedisError as exc:
            raise unavailable(exc) from exc
        return None if version is None else int(version)

    def _keep(self, collection: str, known: _Known) -> _Known:
        self._known[collection] = known
        self._known.move_to_end(collection)
        if len(self._known) > _MAX_BOOKS:
            self._known.popitem(last=False)
        return known

    def _read(self, name: str, version: int | None) -> RuleBook:
        store = self._stores.rules(self._stores.collections.get(name))
        if version:
            with suppress(NotFound):
                return RuleBook.of(store.get(version))
        book = RuleBook.of(store.current())
        self._versions.restore(name, book.version)
        return book
