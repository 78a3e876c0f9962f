"""Values that requests need again and again, in the memory of this process."""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from core.errors import CoreError, NotFound

CHECK_INTERVAL_S = 0.5
"""What another process changes applies in this one after this time at most."""
_MAX_VALUES = 1000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Known(NamedTuple, Generic[V]):
    value: V
    read_at: float


class Remembered(Generic[K, V]):
    """Reads each value once, or once in a while, within one event loop.

    Requests that need a value while it is being read wait for the same reader. If it fails, the
    last value holds; a value that is not found is never remembered.
    """

    def __init__(
        self, read: Callable[[K, V | None], Awaitable[V]], *, max_age_s: float = math.inf
    ) -> None:
        """Read values with a function of the key and of the last value, None if there is none."""
        self._read, self._max_age_s = read, max_age_s
        self._known: OrderedDict[K, _Known[V]] = OrderedDict()
        self._reading: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, *, fresh: bool = False) -> V:
        """Return a value.

        Args:
            fresh: read the value now. If that fails, so does the call.

        Raises:
            NotFound: there is no such value.
            CoreError: it could not be read, and never was.
        """
        known = self._known.get(key)
        if known and not fresh and time.monotonic() - known.read_at < self._max_age_s:
            return known.value
        if fresh or (task := self._reading.get(key)) is None:
            task = self._reading[key] = asyncio.create_task(self._read_now(key, known, fresh=fresh))
        return await asyncio.shield(task)

    def forget(self, key: K) -> None:
        """Read a value for the next request: this process has just changed it."""
        self._known.pop(key, None)
        self._reading.pop(key, None)  # it may have begun before the change

    async def _read_now(self, key: K, known: _Known[V] | None, *, fresh: bool) -> V:
        task, now = asyncio.current_task(), time.monotonic()
        try:
            value = await self._read(key, known.value if known else None)
        except NotFound:
            self._known.pop(key, None)
            raise
        except CoreError:
            if known is None or fresh:
                raise
            value = known.value
        finally:
            is_latest = self._reading.get(key) is task
            if is_latest:
                del self._reading[key]
        if is_latest:
            self._keep(key, _Known(value, now))
        return value

    def _keep(self, key: K, known: _Known[V]) -> None:
        self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > _MAX_VALUES:
            self._known.popitem(last=False)
