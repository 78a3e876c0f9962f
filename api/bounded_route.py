"""A route class for requests that cost much: while there are too many, more are rejected."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from core.errors import Unavailable

MAX_AT_A_TIME = 64
"""Two cores answer this many searches in about 0.7 seconds."""
CLOSED_S = 0.1
"""After a rejection further down, requests are rejected for this long without being parsed."""
PAUSE_S = 0.5
"""No rejection is sent earlier: clients that retry at once would take up the cores."""


class BoundedRoute(APIRoute):
    """Answers at most `MAX_AT_A_TIME` requests at a time, for use within one event loop.

    Others are rejected before their bodies are parsed; otherwise, parsing would delay all requests
    for seconds. The server discards the body of such a request and keeps the connection.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function that handles a request."""
        handle, running, closed_until = super().get_route_handler(), 0, 0.0

        async def handle_or_reject(request: Request) -> Response:
            nonlocal running, closed_until
            if running >= MAX_AT_A_TIME or time.monotonic() < closed_until:
                raise Unavailable("too many searches are running; retry later")
            running += 1
            try:
                return await handle(request)
            except Unavailable:
                closed_until = time.monotonic() + CLOSED_S
                raise
            finally:
                running -= 1

        async def pause_before_rejection(request: Request) -> Response:
            started = time.monotonic()
            try:
                return await handle_or_reject(request)
            except Unavailable:
                await asyncio.sleep(started + PAUSE_S - time.monotonic())
                raise

        return pause_before_rejection
