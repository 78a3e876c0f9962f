"""A route class for requests that cost much: more than some at a time are rejected at once."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from core.errors import Unavailable

MAX_AT_A_TIME = 64
"""Two cores answer this many searches in about 0.7 seconds."""


class BoundedRoute(APIRoute):
    """Answers at most `MAX_AT_A_TIME` requests at a time, for use within one event loop.

    Others are rejected before their bodies are parsed; otherwise, parsing would delay all requests
    for seconds. The server discards the body of such a request and keeps the connection.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function that handles a request."""
        handle, running = super().get_route_handler(), 0

        async def handle_or_reject(request: Request) -> Response:
            nonlocal running
            if running >= MAX_AT_A_TIME:
                raise Unavailable("too many searches are running; retry later")
            running += 1
            try:
                return await handle(request)
            finally:
                running -= 1

        return handle_or_reject
