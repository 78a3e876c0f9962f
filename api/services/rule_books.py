"""The rules of collections in the memory of this process."""

from contextlib import suppress
from datetime import UTC, datetime

from redis import RedisError
from redis.asyncio import Redis
from starlette.concurrency import run_in_threadpool

from api.services.remembered import CHECK_INTERVAL_S, Remembered
from core.cache.rule_versions import PREFIX, RuleVersions
from core.connections.redis_client import CACHE, unavailable
from core.errors import NotFound
from core.rules import NO_RULES, ActiveRules, Placement, RuleBook
from core.storage import Stores


class RuleBooks:
    """Parsed rules by collection, for use within one event loop.

    Only the number of the current version is read again and again, from Redis; the rules are read
    from the store when it changes.
    """

    def __init__(self, stores: Stores, versions: RuleVersions, redis: Redis) -> None:
        self._stores, self._versions, self._redis = stores, versions, redis
        self._known = Remembered(self._read, max_age_s=CHECK_INTERVAL_S)

    async def active(self, collection: str, placement: Placement) -> ActiveRules:
        """Return the rules that apply in a placement now; none for an unknown collection.

        Raises:
            Unavailable: Redis does not respond, and the rules were never read.
        """
        try:
            book = await self._known.get(collection)
        except NotFound:
            return NO_RULES
        return book.active(placement, datetime.now(UTC)) if book.rules else NO_RULES

    def forget(self, collection: str) -> None:
        """Check the version at the next request: this process has just changed it."""
        self._known.forget(collection)

    async def _read(self, collection: str, last: RuleBook | None) -> RuleBook:
        version = await self._version(collection)
        if last is not None and version == last.version:
            return last
        return await run_in_threadpool(self._read_version, collection, version)

    async def _version(self, collection: str) -> int | None:
        try:
            version = await self._redis.get(PREFIX + collection)
        except RedisError as exc:
            raise unavailable(exc, CACHE) from exc
        return None if version is None else int(version)

    def _read_version(self, name: str, version: int | None) -> RuleBook:
        store = self._stores.rules(self._stores.collections.get(name))
        if version:
            with suppress(NotFound):
                return RuleBook.of(store.get(version))
        book = RuleBook.of(store.current())
        self._versions.restore(name, book.version)
        return book
