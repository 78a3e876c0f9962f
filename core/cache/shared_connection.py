"""A connection to Redis on which any number of commands wait for their replies at the same time.

Redis replies in the order of the commands. redis-py needs a connection for each command that waits,
and its reading of a reply costs as much as the rest of a simple request.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, cast

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ResponseError

Reply = bytes | None

_INCOMPLETE: Final = object()
_UNEXPECTED: Final = object()
_NULLS = {b"_", b"$-1", b"*-1"}


class _Waiting(NamedTuple):
    reply: asyncio.Future[Reply]
    deadline: float


class SharedConnection(asyncio.Protocol):
    """Takes over the socket of a connection of redis-py, which is connected and authenticated.

    The connection is closed if it receives nothing while a command waits for too long, since the
    server may be gone, and if it receives what cannot be the reply to a command.
    """

    def __init__(self, connection: AbstractConnection, *, timeout_s: float, server: str) -> None:
        self._lost = f"the connection to Redis at {server} was lost"
        self._connection = connection  # it closes the socket when it is garbage-collected
        self._timeout_s = timeout_s
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast("Any", connection)._writer.transport
        self._replaced = cast("asyncio.Protocol", self._transport.get_protocol())
        self._transport.set_protocol(self)
        self._waiting: deque[_Waiting] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._received = bytearray()
        self._received_at = self._loop.time()

    @property
    def is_open(self) -> bool:
        """Return whether commands can be sent."""
        return not self._transport.is_closing()

    def send(self, command: bytes) -> asyncio.Future[Reply]:
        """Send an encoded command; return the future of its reply, which is a string or null.

        The future raises `TimeoutError`, redis-py's `ConnectionError` if the connection is lost,
        and its `ResponseError` if Redis rejects the command. It may be cancelled.

        Raises:
            RedisConnectionError: the connection is closed.
        """
        if not self.is_open:
            raise RedisConnectionError(self._lost)
        reply: asyncio.Future[Reply] = self._loop.create_future()
        deadline = self._loop.time() + self._timeout_s
        self._waiting.append(_Waiting(reply, deadline))
        self._transport.write(command)
        if self._timer is None:  # one for all, since setting a timer costs more than a command
            self._timer = self._loop.call_at(deadline, self._check_deadlines)
        return reply

    def data_received(self, data: bytes) -> None:
        """Pass on the replies that are complete."""
        self._received_at = self._loop.time()
        self._received += data
        while self._received and (reply := self._next_reply()) is not _INCOMPLETE:
            if reply is _UNEXPECTED or not self._waiting:  # out of step with the commands
                self._transport.abort()
                return
            future = self._waiting.popleft().reply
            if future.done():
                continue
            if isinstance(reply, Exception):
                future.set_exception(reply)
            else:
                future.set_result(cast("Reply", reply))

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the commands that wait fail."""
        self._replaced.connection_lost(exc)  # redis-py waits for it when it disconnects
        _fail(self._waiting, RedisConnectionError(self._lost))
        self._waiting.clear()

    def _check_deadlines(self) -> None:
        """Let commands fail that wait for too long, and set the timer for the next of them."""
        self._timer = None
        if not self._waiting:
            return
        now = self._loop.time()
        # those that fail stay in the queue, since their replies may still arrive
        _fail((command for command in self._waiting if command.deadline <= now), TimeoutError())
        silent_at = max(self._waiting[0].deadline, self._received_at + self._timeout_s)
        if silent_at <= now:
            self._transport.abort()
            return
        later = (command.deadline for command in self._waiting if command.deadline > now)
        self._timer = self._loop.call_at(min([silent_at, *later]), self._check_deadlines)

    def _next_reply(self) -> object:
        """Take the first reply, or the error that Redis replied, out of the received bytes."""
        end = self._received.find(b"\r\n")
        if end < 0:
            return _INCOMPLETE
        head, stop = bytes(self._received[:end]), end + 2
        reply: object = None
        if head.startswith(b"-"):
            reply = _error(head[1:].decode(errors="replace"))
        elif head not in _NULLS:
            if not head.startswith(b"$"):
                return _UNEXPECTED
            length = int(head[1:])
            stop += length + 2
            if len(self._received) < stop:
                return _INCOMPLETE
            reply = bytes(self._received[end + 2 : end + 2 + length])
        del self._received[:stop]
        return reply


def _fail(commands: Iterable[_Waiting], error: Exception) -> None:
    for command in commands:
        if not command.reply.done():
            command.reply.set_exception(error)


def _error(text: str) -> ResponseError:
    return NoScriptError(text) if text.startswith("NOSCRIPT") else ResponseError(text)
