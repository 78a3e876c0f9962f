"""How long each route takes, and what it answers."""

import time
from functools import cache

from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.observability.metrics import REQUESTS

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Measured:
    """Times requests until their answer begins: a stream of events may last for hours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = time.perf_counter() - began
                _series(_method(scope), _route(scope), message["status"]).observe(took)
            await send(message)

        await self._app(scope, receive, timed)


@cache
def _series(method: str, route: str, status: int) -> Histogram:
    return REQUESTS.labels(method, route, status)


def _method(scope: Scope) -> str:
    """Callers may invent methods, and each would make a series."""
    method = str(scope["method"])
    return method if method in _METHODS else "other"


def _route(scope: Scope) -> str:
    """The route's pattern, never the path: names of items would make a series each."""
    return str(getattr(scope.get("route"), "path", "other")).replace(":path}", "}")
