"""Prometheus metrics of requests: duration by method, route and status."""

from functools import cache

from prometheus_client import Histogram
from starlette.types import Scope

from core.observability.metrics import REQUESTS

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def observe(scope: Scope, status: int, seconds: float) -> None:
    """Count a request whose response starts after some seconds."""
    _series(_method(scope), _route(scope), status).observe(seconds)


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
