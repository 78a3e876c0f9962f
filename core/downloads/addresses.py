"""The rules for URLs and addresses, so that no manifest reaches a server behind the firewall.

See https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from ipaddress import IPv6Address, ip_address, ip_network

import httpx2

from core.downloads.errors import UrlRefused
from core.settings import DownloadSettings

MAX_URL_LENGTH = 4096
_DEFAULT_PORTS = {"http": 80, "https": 443}
_GLOBAL_UNICAST = ip_network("2000::/3")
"""All other IPv6 addresses are local, multicast or reserved, or they contain an IPv4 address."""
_SPECIAL = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # protocol assignments, and the metadata service of Oracle's cloud
            "192.88.99.0/24",  # relays of 6to4
            "168.63.129.16/32",  # services of Azure's hosts
            "2001::/23",  # protocol assignments; contains Teredo, which has IPv4 addresses inside
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which has IPv4 addresses inside
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to a host of the public internet."""
    ip = ip_address(address)
    if any(ip in network for network in _SPECIAL):
        return False
    if isinstance(ip, IPv6Address):
        return ip in _GLOBAL_UNICAST
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def parse_url(text: str, settings: DownloadSettings) -> httpx2.URL:
    """Return a URL that may be requested if its host has an allowed address.

    Raises:
        UrlRefused: the URL is not valid, or its scheme, port or credentials are not allowed.
    """
    if len(text) > MAX_URL_LENGTH:
        raise UrlRefused(f"the URL is longer than {MAX_URL_LENGTH:,} characters")
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError) as exc:
        raise UrlRefused(f"the URL is not valid: {exc}") from exc
    if url.scheme not in _DEFAULT_PORTS or not url.host:
        raise UrlRefused("the URL does not start with http:// or https:// and a host name")
    if url.userinfo:
        raise UrlRefused("the URL contains a user name or password; use a URL without them")
    port = url.port or _DEFAULT_PORTS[url.scheme]
    host = url.raw_host.decode("ascii")
    if port not in settings.ports and _with_port(host, port) not in settings.private_hosts:
        raise UrlRefused(
            f"port {port} is not allowed; the setting LOOKALIKE_DOWNLOADS__PORTS lists ports"
        )
    return url


def check_addresses(host: str, port: int, addresses: list[str], settings: DownloadSettings) -> None:
    """Check the addresses of a host.

    Raises:
        UrlRefused: an address is not public, and the host is not among the private hosts.
    """
    names = {_bracketed(host).lower(), _with_port(host, port)}
    if names.isdisjoint(settings.private_hosts) and not all(map(is_public, addresses)):
        raise UrlRefused(
            f"the host {host!r} has an address that is not public; if this is a server of yours, "
            "add the host to the setting LOOKALIKE_DOWNLOADS__PRIVATE_HOSTS"
        )


def _with_port(host: str, port: int) -> str:
    return f"{_bracketed(host)}:{port}".lower()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
