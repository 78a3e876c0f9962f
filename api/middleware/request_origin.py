"""Where a request comes from: this machine or another, a page of this server or of another site."""

import ipaddress
from collections.abc import Collection
from functools import lru_cache

from starlette.requests import Request
from starlette.types import Scope

from api.middleware.authorization import SAFE_METHODS
from core.errors import Forbidden

LOOPBACK_CLIENTS = {"127.0.0.1", "::1", "localhost", ""}
_OWN_SITES = {"same-origin", "none"}


def reject_cross_site(request: Request, allowed_origins: Collection[str]) -> None:
    """Reject requests that would change data if a browser sends them for another site's page.

    Without API keys, such a page could otherwise write here from the browser of anyone on this
    machine. Browsers send `Sec-Fetch-Site` only to addresses they trust, and `Origin` always.

    Raises:
        Forbidden: the request comes from another origin, which is not allowed.
    """
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site:
        is_foreign = site not in _OWN_SITES
    else:
        is_foreign = origin is not None and not _is_own(origin, request)
    if is_foreign and origin not in allowed_origins:
        raise Forbidden(
            f"pages of another web site ({(origin or 'unknown')[:80]}) are not allowed to change "
            "anything; to allow it, create a storefront key for this web site, or add it to the "
            "setting LOOKALIKE_CORS_ORIGINS"
        )


def reject_other_origin(
    request: Request, allowed: Collection[str], of_keys: Collection[str]
) -> None:
    """Reject requests of pages that may use another key, but not this one.

    Pages of all other origins cannot read the response anyway.

    Raises:
        Forbidden: the page's origin belongs to another key.
    """
    origin = request.headers.get("origin")
    if (
        origin in of_keys
        and origin not in allowed
        and request.headers.get("sec-fetch-site") != "same-origin"
    ):
        raise Forbidden(f"this key is not for pages of {origin}; create a key with this origin")


def reject_foreign_host(request: Request, allowed_hosts: Collection[str]) -> None:
    """Reject requests to a host name that anybody may have pointed at this machine.

    Without API keys, a page could otherwise read and change everything after its own host name was
    made to resolve to 127.0.0.1 (DNS rebinding).

    Raises:
        Forbidden: the host is neither a loopback address nor allowed.
    """
    host = _host_name(request.headers.get("host", ""))
    if not (host in allowed_hosts or _is_loopback_name(host) or not _has_socket(request.scope)):
        raise Forbidden(
            f"without API keys, requests must be sent to 127.0.0.1 or localhost, not to "
            f"{host[:80]!r}; create a key (`lookalike keys create`), or add the host to "
            "LOOKALIKE_ALLOWED_HOSTS"
        )


def arrived_on_loopback(scope: Scope) -> bool:
    """Return whether the request arrived on a loopback address or on a Unix socket.

    No header can change this address, since it is the socket's own.
    """
    server = scope.get("server")
    return server is None or server[1] is None or _is_loopback(server[0])


@lru_cache(maxsize=10_000)
def address_block(host: str) -> str:
    """Return the address of a client, or of its network if each client has many addresses."""
    if ":" not in host or not _is_address(host):
        return host
    return str(ipaddress.ip_network((host.partition("%")[0], 64), strict=False))


def _is_own(origin: str, request: Request) -> bool:
    scheme, _, authority = origin.partition("://")
    return scheme in {"http", "https"} and authority == request.headers.get("host")


def _host_name(header: str) -> str:
    """Return the host of a Host header, without its port and in lower case."""
    name, colon, port = header.lower().rpartition(":")
    return name if colon and port.isdecimal() else header.lower()


@lru_cache(maxsize=256)
def _is_loopback_name(host: str) -> bool:
    address = host.strip("[]")
    return host == "localhost" or (_is_address(address) and _is_loopback(address))


def _has_socket(scope: Scope) -> bool:
    """Return whether a request came over a socket; those from this process involve no browser."""
    server = scope.get("server")
    return server is not None and (server[1] is None or _is_address(server[0]))


@lru_cache(maxsize=256)
def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def _is_loopback(host: str) -> bool:
    if not _is_address(host):  # no socket: a request from within the process
        return True
    address = ipaddress.ip_address(host)
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
