"""Runs a Lua script that reads from Redis, on the event loop: a thread doubles the cost."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError

from core.cache.shared_connection import Reply, SharedConnection
from core.connections.redis_client import unavailable

TIMEOUT_S = 2


class ReadScript:
    """A script in a file of this package, for use within one event loop.

    All calls share one connection of the client, whose `execute_command` would cost several times
    as much. Create the client with `connect_async(url, timeout_s=None)`.
    """

    def __init__(self, redis: Redis, file: str) -> None:
        self._redis = redis
        text = (Path(__file__).parent / file).read_bytes()
        sha = hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()
        self._by_sha, self._by_text = (b"EVALSHA", sha, b"0"), (b"EVAL", text, b"0")
        self._opening = asyncio.Lock()
        self._connection: Any = None
        self._shared: SharedConnection | None = None

    async def run(self, *args: str | bytes | int) -> Reply:
        """Return the reply to these arguments; None if the script returns false.

        A list is best passed as JSON, since encoding takes as long for each of its members.

        Raises:
            Unavailable: Redis does not respond.
        """
        try:
            if self._shared is None:
                return await self._run_first(args)
            try:
                return await self._shared.send(_encode(self._by_sha, args))
            except (RedisConnectionError, NoScriptError):  # Redis was restarted
                return await self._run_first(args)
        except (RedisError, TimeoutError) as exc:
            raise unavailable(exc) from exc

    async def close(self) -> None:
        """Close the connections."""
        if self._connection is not None:
            await self._connection.disconnect()
        await self._redis.aclose()

    async def _run_first(self, args: Sequence[str | bytes | int]) -> Reply:
        """Connect unless another call has done so, and run a script that Redis may not know yet."""
        async with asyncio.timeout(TIMEOUT_S):
            shared = await self._open()
            try:
                return await shared.send(_encode(self._by_sha, args))
            except NoScriptError:
                return await shared.send(_encode(self._by_text, args))

    async def _open(self) -> SharedConnection:
        async with self._opening:  # those that arrive in the meantime use the same connection
            if self._shared is None or not self._shared.is_open:
                self._shared = SharedConnection(await self._connect(), timeout_s=TIMEOUT_S)
            return self._shared

    async def _connect(self) -> AbstractConnection:
        """Connect on a new socket, since replies to a cancelled handshake could still arrive."""
        if self._connection is None:
            self._connection = cast("Any", self._redis.connection_pool).make_connection()
        await self._connection.disconnect(nowait=True)
        await self._connection.connect()
        return cast("AbstractConnection", self._connection)


def _encode(head: Sequence[bytes], args: Sequence[str | bytes | int]) -> bytes:
    """Return a command as Redis reads it; the client's own function takes twice as long."""
    words = [*head, *(arg if isinstance(arg, bytes) else str(arg).encode() for arg in args)]
    return b"*%d\r\n%b" % (len(words), b"".join([b"$%d\r\n%b\r\n" % (len(w), w) for w in words]))
