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

from core.connections.redis_client import unavailable

MAX_CONCURRENT_READS = 64
"""Every concurrent read opens a connection, which then stays open."""
TIMEOUT_S = 2


class ReadScript:
    """A script in a file of this package, for use within one event loop.

    It keeps its connections and limits the time of a call itself: the client's `execute_command`
    costs twice as much. Create the client with `connect_async(url, timeout_s=None)`.
    """

    def __init__(self, redis: Redis, file: str) -> None:
        self._redis = redis
        text = (Path(__file__).parent / file).read_bytes()
        sha = hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()
        self._by_sha, self._by_text = (b"EVALSHA", sha, b"0"), (b"EVAL", text, b"0")
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_READS)
        self._idle: list[AbstractConnection] = []

    async def run(self, *args: str | bytes | int) -> bytes | None:
        """Return the reply to these arguments; None if the script returns false.

        A list is best passed as JSON, since the client takes as long for each of its members.

        Raises:
            Unavailable: Redis does not respond.
        """
        try:
            async with self._slots, asyncio.timeout(TIMEOUT_S):
                try:
                    return await self._call(self._by_sha, args)
                except NoScriptError:
                    return await self._call(self._by_text, args)
        except (RedisError, TimeoutError) as exc:
            raise unavailable(exc) from exc

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _call(self, head: Sequence[bytes], args: Sequence[str | bytes | int]) -> bytes | None:
        command = _encode([*head, *args])
        try:
            return await self._exchange(command)
        except RedisConnectionError:  # the first command after a restart finds a dead socket
            return await self._exchange(command)

    async def _exchange(self, command: bytes) -> bytes | None:
        if self._idle:
            connection = self._idle.pop()
        else:
            connection = await cast("Any", self._redis.connection_pool).get_connection()
        try:
            await connection.send_packed_command(command, check_health=False)
            return cast("bytes | None", await connection.read_response())
        finally:
            self._idle.append(connection)  # after an error, it reconnects at its next command


def _encode(words: Sequence[str | bytes | int]) -> bytes:
    """Return a command as Redis reads it; the client's own function takes twice as long."""
    encoded = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n%b" % (len(words), b"".join([b"$%d\r\n%b\r\n" % (len(w), w) for w in encoded]))
