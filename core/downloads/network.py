"""Connections to checked addresses only."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable

import httpcore2

from core.downloads.addresses import check_addresses
from core.downloads.errors import DownloadFailed
from core.settings import DownloadSettings

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""A function that looks up the addresses of a host, for a port."""


async def look_up(host: str, port: int) -> list[str]:
    """Return all addresses of a host.

    Raises:
        DownloadFailed: the host does not exist.
        httpcore2.ConnectError: the host could not be looked up.
    """
    loop = asyncio.get_running_loop()
    try:
        sockets = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as exc:
        if getattr(exc, "errno", None) == socket.EAI_AGAIN:
            raise httpcore2.ConnectError(f"{host!r} could not be looked up: {exc}") from exc
        raise DownloadFailed(f"the host {host!r} does not exist: {exc}") from exc
    return list(dict.fromkeys(str(address[0]) for *_, address in sockets))


class CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Looks up each host once, checks its addresses, and connects to these very addresses.

    A second lookup could return another address than the one that was checked (DNS rebinding).
    TLS still verifies the name of the host.
    """

    def __init__(self, settings: DownloadSettings, resolve: Resolve = look_up) -> None:
        self._settings, self._resolve = settings, resolve
        self._sockets = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address of a host that responds."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
                check_addresses(host, port, addresses, self._settings)
                share = timeout / len(addresses) if timeout and addresses else None
                return await self._connect(addresses, port, share, local_address, socket_options)
        except TimeoutError as exc:
            raise httpcore2.ConnectTimeout("no connection in time") from exc

    async def _connect(
        self,
        addresses: list[str],
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None,
    ) -> httpcore2.AsyncNetworkStream:
        error: Exception = httpcore2.ConnectError("the host has no address")
        for address in addresses:
            try:
                return await self._sockets.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as exc:
                error = exc
        raise error

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
