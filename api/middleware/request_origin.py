"""Where a request comes from: this machine or another, this server's pages or a foreign page."""

import ipaddress
from collections.abc import Collection
from functools import lru_cache

from starlette.requests import Request
from starlette.types import Scope

from api.middleware.authorization import SAFE_METHODS
from core.errors import Forbidden

LOOPBACK_CLIENTS = {"127.0.0.1", "::1", "localhost", ""}


def reject_cross_site(request: Request, allowed_origins: Collection[str]) -> None:
    """Reject changing requests that a browser sends for a foreign page.

    Without API keys, such a page could otherwise write here from the browser of anyone on this
    machine.

    Raises:
        Forbidden: the request is cross-site, and its origin is not allowed.
    """
    if request.method in SAFE_METHODS:
        return
    is_cross_site = request.headers.get("sec-fetch-site") == "cross-site"
    if is_cross_site and request.headers.get("origin") not in allowed_origins:
        raise Forbidden(
            "cross-site requests are not allowed to change anything; "
            "allow the page's origin in LOOKALIKE_CORS_ORIGINS"
        )


def arrived_on_loopback(scope: Scope) -> bool:
    """Return whether the request arrived on a loopback address or on a Unix socket.

    No header can change this address, since it is the socket's own.
    """
    server = scope.get("server")
    return server is None or server[1] is None or _is_loopback(server[0])


@lru_cache(maxsize=256)
def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # no socket: a request from within the process
        return True
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
