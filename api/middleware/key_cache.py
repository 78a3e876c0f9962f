"""A short-lived cache of API keys, which saves most requests from reading the store."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool

from core.errors import Unavailable
from core.storage.api_keys import Key, Keys
from core.storage.key_uses import PRECISION

_TTL_S = 1.0
_STALE_TTL_S = 300.0
_RETRY_AFTER_S = 5.0
_ORIGINS_TTL_S = 10.0
_NEVER = datetime.min.replace(tzinfo=UTC)
_MAX_ENTRIES = 10_000
_MAX_KEY_LENGTH = 100
"""Longer texts are not keys; keeping them would let anybody fill the memory."""


class ApiKeyCache:
    """Caches API keys for a second.

    While the store is unavailable, entries stay valid for five minutes: keys cannot be revoked
    then, and recommendation lists can be served without the store.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._any_keys: tuple[float, bool] = (-math.inf, False)
        self._unavailable_until = -math.inf
        self._entries: dict[str, tuple[float, Key | None]] = {}
        self._origins: tuple[float, frozenset[str]] = (-math.inf, frozenset())
        self._used: dict[str, datetime] = {}

    async def any_keys(self) -> bool:
        """Return whether keys exist or once did, so losing the store cannot unlock the API."""
        at, any_keys = self._any_keys
        if not (any_keys or self._is_valid(at)):
            with self._reading_store(at):
                self._any_keys = time.monotonic(), await run_in_threadpool(self._keys.exist)
        return self._any_keys[1]

    async def find(self, header: str) -> Key | None:
        """Return the key of an Authorization header, or None if there is no such key."""
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer" or len(text) > _MAX_KEY_LENGTH:
            return None
        at, key = self._entries.get(text, (-math.inf, None))
        if not self._is_valid(at):
            if len(self._entries) > _MAX_ENTRIES:
                self._entries.clear()
            with self._reading_store(at):
                key = await run_in_threadpool(self._authenticate, text.strip())
                self._entries[text] = time.monotonic(), key
        return key

    async def refresh_origins(self) -> None:
        """Read which web sites' pages may use a key, unless that was done a moment ago."""
        at, _ = self._origins
        if time.monotonic() - at > _ORIGINS_TTL_S:
            with self._reading_store(at):
                keys = await run_in_threadpool(self._keys.all)
                origins = frozenset(origin for key in keys for origin in key.origins)
                self._origins = time.monotonic(), origins

    @property
    def origins(self) -> frozenset[str]:
        """The web sites whose pages may use one of the keys, as they were last read."""
        return self._origins[1]

    def _authenticate(self, text: str) -> Key | None:
        """Return the key with this text, and write down that it is used."""
        key = self._keys.authenticate(text)
        if key and datetime.now(UTC) - self._used.get(key.id, _NEVER) >= PRECISION:
            self._used[key.id] = datetime.now(UTC)
            with suppress(Unavailable):  # a store that cannot be written can still be read
                self._keys.uses.note(key.id, self._used[key.id])
        return key

    def _is_valid(self, at: float) -> bool:
        """Return whether an entry that was read at time `at` is fresh, or usable in an outage."""
        now = time.monotonic()
        return now - at <= _TTL_S or (now < self._unavailable_until and now - at <= _STALE_TTL_S)

    @contextmanager
    def _reading_store(self, at: float) -> Iterator[None]:
        """Suppress `Unavailable` if an entry that was read at time `at` can still be used."""
        try:
            yield
        except Unavailable:
            now = time.monotonic()
            self._unavailable_until = now + _RETRY_AFTER_S  # each attempt may take a full timeout
            if now - at > _STALE_TTL_S:
                raise
