"""A short-lived cache of API keys, which saves most requests from reading the store."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool

from api.services.remembered import Remembered
from core.errors import NotFound, Unavailable
from core.storage.api_keys import Key, Keys, is_key_text
from core.storage.key_uses import PRECISION

_TTL_S = 1.0
_OUTAGE_TTL_S = 300.0
_ORIGINS_TTL_S = 10.0
_NEVER = datetime.min.replace(tzinfo=UTC)


class ApiKeyCache:
    """Caches API keys for a second.

    While the store does not respond, entries stay valid for five minutes: keys cannot be revoked
    then, and recommendation lists can be served without the store.
    """

    origins: frozenset[str] = frozenset()
    """The web sites whose pages may use one of the keys, as they were last read."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._used: dict[str, datetime] = {}
        self._writing: set[asyncio.Task[None]] = set()
        self._any_keys = False
        self._exist = Remembered(self._read_exist, max_age_s=_TTL_S, max_outage_s=_OUTAGE_TTL_S)
        self._entries = Remembered(self._read_key, max_age_s=_TTL_S, max_outage_s=_OUTAGE_TTL_S)
        self._known_origins = Remembered(
            self._read_origins, max_age_s=_ORIGINS_TTL_S, max_outage_s=_OUTAGE_TTL_S
        )

    async def any_keys(self) -> bool:
        """Return whether keys exist or once did, so losing the store cannot unlock the API."""
        self._any_keys = self._any_keys or await self._exist.get(None)
        return self._any_keys

    async def find(self, header: str) -> Key | None:
        """Return the key of an Authorization header, or None if there is no such key."""
        scheme, _, text = header.partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not is_key_text(text):
            return None
        try:
            return await self._entries.get(text)
        except NotFound:
            return None

    async def refresh_origins(self) -> None:
        """Read which web sites' pages may use a key, unless that was done a moment ago."""
        self.origins = await self._known_origins.get(None)

    async def _read_exist(self, _: None, __: bool | None) -> bool:
        return await run_in_threadpool(self._keys.exist)

    async def _read_key(self, text: str, _: Key | None) -> Key:
        if key := await run_in_threadpool(self._keys.authenticate, text):
            self._note_use(key)
            return key
        raise NotFound("there is no such key")  # or anybody could fill the memory with wrong keys

    async def _read_origins(self, _: None, __: frozenset[str] | None) -> frozenset[str]:
        keys = await run_in_threadpool(self._keys.all)
        return frozenset(origin for key in keys for origin in key.origins)

    def _note_use(self, key: Key) -> None:
        """Write down in the background that a key is used; no request waits for that."""
        now = datetime.now(UTC)
        if now - self._used.get(key.id, _NEVER) >= PRECISION:
            self._used[key.id] = now
            task = asyncio.create_task(run_in_threadpool(self._write_use, key.id, now))
            self._writing.add(task)  # or it could be garbage-collected
            task.add_done_callback(self._writing.discard)

    def _write_use(self, id: str, at: datetime) -> None:
        with suppress(Unavailable):  # a store that cannot be written can still be read
            self._keys.uses.note(id, at)
