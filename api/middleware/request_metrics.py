"""Prometheus metrics of requests: duration by method, route and status."""

import time
from functools import cache

from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.observability.metrics import REQUESTS

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class RequestMetricsMiddleware:
    """Times requests until their response starts, since a stream of events may last for hours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def timed_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                seconds = time.perf_counter() - started
                _series(_method(scope), _route(scope), message["status"]).observe(seconds)
            await send(message)

        await self._app(scope, receive, timed_send)


@cache
def _series(method: str, route: str, status: int) -> Histogram:
    return REQUESTS.labels(method, route, status)


def _method(scope: Scope) -> str:
    """Return the method, or "other" if it is unknown: arbitrary methods would create new series."""
    method = str(scope["method"])
    return method if method in _METHODS else "other"


def _route(scope: Scope) -> str:
    """Return the pattern of the route, since every distinct path would create a new series."""
    return str(getattr(scope.get("route"), "path", "other")).replace(":path}", "}")
