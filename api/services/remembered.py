"""Values that requests need again and again, in the memory of this process."""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, NamedTuple, TypeVar

from core.errors import CoreError, NotFound, Unavailable

CHECK_INTERVAL_S = 0.5
"""What another process changes applies in this one after this time at most."""
_PATIENCE_S = 1.0
"""Requests wait for a reader for this time if there is a last value, or if there is an outage."""
_OUTAGE_S = 30.0
"""For this time after a reader failed or was slow, requests with a last value wait for a moment."""
_MOMENT_S = 0.1
_MAX_READ_S = 5.0
"""A reader that takes longer is taken for one that fails; one that is only slow is not."""
_MAX_VALUES = 1000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Known(NamedTuple, Generic[V]):
    value: V
    read_at: float
    checked_at: float
    """Later than `read_at` if a reader has failed since."""


class _Reader(NamedTuple, Generic[V]):
    task: asyncio.Task[V]
    began_at: float


class Remembered(Generic[K, V]):
    """Reads each value once, or once in a while, within one event loop.

    Requests that need a value while it is being read wait for the same reader. If it fails or is
    slow, the last value holds, and until one succeeds, one reader at a time tries again in the
    background. What was never read waits for slow readers, but cannot be read while they fail. A
    value that is not found is never remembered.
    """

    def __init__(
        self,
        read: Callable[[K, V | None], Awaitable[V]],
        *,
        max_age_s: float = math.inf,
        max_outage_s: float = math.inf,
    ) -> None:
        """Read values with a function of the key and of the last value, None if there is none.

        Args:
            read: raises `CoreError` if it fails.
            max_age_s: values are read again after this time.
            max_outage_s: the last value holds no longer than this if none can be read.
        """
        self._read, self._max_age_s, self._max_outage_s = read, max_age_s, max_outage_s
        self._known: OrderedDict[K, _Known[V]] = OrderedDict()
        self._reading: dict[K, _Reader[V]] = {}  # the oldest first
        self._slow_until = -math.inf
        self._failure: str | None = None

    async def get(self, key: K, *, fresh: bool = False) -> V:
        """Return a value.

        Args:
            fresh: read the value now. If that fails, so does the call; during an outage, it may
                fail without reading.

        Raises:
            NotFound: there is no such value.
            Unavailable: the source does not respond.
            CoreError: it could not be read, and never was, or too long ago.
        """
        known = self._last(key)
        if known is None or fresh:
            return await self._read_first(key, known, fresh=fresh)
        if monotonic() - known.checked_at < self._max_age_s:
            return known.value
        return await self._refresh(key, known)

    def forget(self, key: K) -> None:
        """Read a value for the next request: this process has just changed it."""
        self._known.pop(key, None)
        self._reading.pop(key, None)  # it may have begun before the change

    def _last(self, key: K) -> _Known[V] | None:
        """Return the last value; None if it no longer holds."""
        known = self._known.get(key)
        return known if known and monotonic() - known.read_at <= self._max_outage_s else None

    async def _read_first(self, key: K, known: _Known[V] | None, *, fresh: bool) -> V:
        """Return the current value; during an outage, wait for another reader that tries again."""
        if self._is_outage and self._reading:
            await self._wait_for_others()
            if not fresh and (last := self._last(key)):
                return last.value
        reader, was_outage = self._reader(key, known, fresh=fresh), self._is_outage
        if not await self._is_done(reader, _PATIENCE_S) and was_outage:
            raise self._no_response()
        return await asyncio.shield(reader)

    async def _wait_for_others(self) -> None:
        """Wait until a reader is done; raise Unavailable if the outage does not end."""
        others = [reader.task for reader in self._reading.values()]
        await asyncio.wait(others, timeout=_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        if self._is_outage:
            raise self._no_response()

    async def _refresh(self, key: K, known: _Known[V]) -> V:
        """Return the current value, or the last one if reading takes too long."""
        if self._is_slow and self._reading:
            return known.value
        reader = self._reader(key, known)
        if not await self._is_done(reader, _MOMENT_S if self._is_slow else _PATIENCE_S):
            return known.value
        try:
            return await reader
        except Unavailable:  # this was the reader of a request that must have a fresh value
            return known.value

    @property
    def _is_slow(self) -> bool:
        """Whether a reader failed or was slow, and none has succeeded since."""
        return monotonic() < self._slow_until

    @property
    def _is_outage(self) -> bool:
        """Whether the source does not respond: each reader may hold a thread until it times out."""
        if not self._is_slow or self._failure is not None:
            return self._is_slow
        oldest = next(iter(self._reading.values()), None)
        return oldest is not None and monotonic() - oldest.began_at >= _MAX_READ_S

    async def _is_done(self, reader: asyncio.Task[V], timeout_s: float) -> bool:
        """Wait for a reader, and note if it is slow."""
        await asyncio.wait([reader], timeout=timeout_s)
        if not reader.done():
            self._slow_until = monotonic() + _OUTAGE_S
        return reader.done()

    def _reader(self, key: K, known: _Known[V] | None, *, fresh: bool = False) -> asyncio.Task[V]:
        """Return the task that reads a value, perhaps that of another request."""
        if not fresh and (reader := self._reading.get(key)):
            return reader.task
        task = asyncio.create_task(self._read_now(key, known, fresh=fresh))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._reading.pop(key, None)
        self._reading[key] = _Reader(task, monotonic())
        return task

    async def _read_now(self, key: K, known: _Known[V] | None, *, fresh: bool) -> V:
        task, now = asyncio.current_task(), monotonic()
        try:
            current = _Known(await self._try(key, known), now, now)
        except NotFound:
            self._known.pop(key, None)
            raise
        except CoreError:
            if known is None or fresh or monotonic() - known.read_at > self._max_outage_s:
                raise
            current = known._replace(checked_at=monotonic())
        finally:
            latest = self._reading.get(key)
            is_latest = latest is not None and latest.task is task
            if is_latest:
                del self._reading[key]
        if is_latest:
            self._keep(key, current)
        return current.value

    async def _try(self, key: K, known: _Known[V] | None) -> V:
        """Read a value; note whether the source responds."""
        slow_until, failure = -math.inf, None
        try:
            return await self._read(key, known.value if known else None)
        except Unavailable as exc:
            slow_until, failure = monotonic() + _OUTAGE_S, exc.detail
            raise
        finally:
            self._slow_until, self._failure = slow_until, failure

    def _keep(self, key: K, known: _Known[V]) -> None:
        self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > _MAX_VALUES:
            self._known.popitem(last=False)

    def _no_response(self) -> Unavailable:
        return Unavailable(self._failure or "reading takes too long; retry later")
