"""Sends the head of a response together with the beginning of its body.

uvicorn writes them one after the other, and uvloop sends each at once: clients would be woken by a
head alone, then read again for the body, which takes a sixth longer for small responses.
"""

import asyncio
from typing import Any, cast

from api.header_limit import HeaderLimitProtocol

_HEAD = b"HTTP/1.1 "


class WholeResponseProtocol(HeaderLimitProtocol):
    """Holds heads back until their bodies are written."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Write to the connection through a `JoiningTransport`."""
        joining = JoiningTransport(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", joining))


class JoiningTransport:
    """A transport that joins a head with what is written next.

    If nothing is written at once, because the body is a stream or there is none, the head is sent
    in the next iteration of the event loop.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the transport itself."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write data, and the head before it."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(_HEAD):
            self._head = data
            self._loop.call_soon(self._send_head)
            return
        self._transport.write(data)

    def close(self) -> None:
        """Close the connection once everything is sent."""
        self._send_head()
        self._transport.close()

    def _send_head(self) -> None:
        head, self._head = self._head, b""
        if head and not self._transport.is_closing():
            self._transport.write(head)
