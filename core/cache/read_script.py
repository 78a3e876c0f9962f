"""Runs Lua scripts that read from Redis, on the event loop: a thread doubles the cost."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from redis import RedisError
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError

from core.cache.shared_connection import Reply, SharedConnection
from core.connections.redis_client import CACHE, connect_async, unavailable

TIMEOUT_S = 2


class ReadConnection:
    """The connection to a Redis that all scripts of a process share, within one event loop.

    It opens when a script first runs, and again after it was lost.
    """

    def __init__(self, url: str) -> None:
        self.server = _server_of(url)
        self._redis = connect_async(url, timeout_s=None)  # each command has a timeout of its own
        self._opening = asyncio.Lock()
        self._connection: Any = None
        self.shared: SharedConnection | None = None
        """None until it was opened; perhaps lost."""

    async def open(self) -> SharedConnection:
        """Connect, unless another call has done so."""
        async with self._opening:  # those that arrive in the meantime use the same connection
            if self.shared is None or not self.shared.is_open:
                self.shared = SharedConnection(
                    await self._connect(), timeout_s=TIMEOUT_S, server=self.server
                )
            return self.shared

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.disconnect()
        await self._redis.aclose()

    async def _connect(self) -> AbstractConnection:
        """Connect on a new socket, since replies to a cancelled handshake could still arrive."""
        if self._connection is None:
            self._connection = cast("Any", self._redis.connection_pool).make_connection()
        await self._connection.disconnect(nowait=True)
        await self._connection.connect()
        return cast("AbstractConnection", self._connection)


class ReadScript:
    """A script in a file of this package.

    The `execute_command` of a client of redis-py would cost several times as much as `run`.
    """

    def __init__(self, connection: ReadConnection, file: str) -> None:
        self._connection = connection
        text = (Path(__file__).parent / file).read_bytes()
        sha = hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()
        self._by_sha, self._by_text = (b"EVALSHA", sha, b"0"), (b"EVAL", text, b"0")

    async def run(self, *args: str | bytes | int) -> Reply:
        """Return the reply to these arguments; None if the script returns false.

        A list is best passed as JSON, since encoding takes as long for each of its members.

        Raises:
            Unavailable: Redis does not respond.
        """
        try:
            if (shared := self._connection.shared) is None:
                return await self._run_first(args)
            try:
                return await shared.send(_encode(self._by_sha, args))
            except (RedisConnectionError, NoScriptError):  # Redis was restarted
                return await self._run_first(args)
        except TimeoutError as exc:  # asyncio's has no message
            cause = TimeoutError(f"no reply from Redis at {self._connection.server}")
            raise unavailable(exc, CACHE) from cause
        except RedisError as exc:
            raise unavailable(exc, CACHE) from exc

    async def _run_first(self, args: Sequence[str | bytes | int]) -> Reply:
        """Run a script that Redis may not know yet, on a connection that may not be open."""
        async with asyncio.timeout(TIMEOUT_S):
            shared = await self._connection.open()
            try:
                return await shared.send(_encode(self._by_sha, args))
            except NoScriptError:
                return await shared.send(_encode(self._by_text, args))


def _server_of(url: str) -> str:
    """Return the hosts and ports, or the path of the socket."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or parts.path


def _encode(head: Sequence[bytes], args: Sequence[str | bytes | int]) -> bytes:
    """Return a command as Redis reads it; the client's own function takes twice as long."""
    words = [*head, *(arg if isinstance(arg, bytes) else str(arg).encode() for arg in args)]
    return b"*%d\r\n%b" % (len(words), b"".join([b"$%d\r\n%b\r\n" % (len(w), w) for w in words]))
