"""Completes connection URLs with passwords and TLS options, and parses Redis Sentinel URLs."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

REDIS_PORT = 6379
SENTINEL_PORT = 26379
_REDIS_FORMS = (
    "not a URL of a Redis server; use redis://host:6379/0, rediss://host:6379/0, unix:///path or"
    " sentinel://host:26379/name, and percent-encode special characters in a password"
)
_MILVUS_FORMS = "not a URL of Milvus; use http://host:19530, https://host:19530 or unix:/path"


@dataclass(frozen=True)
class SentinelUrl:
    """A Redis server that sentinels locate, since its address changes on a failover."""

    sentinels: tuple[tuple[str, int], ...]
    name: str
    """The name of the master in the configuration of the sentinels."""
    db: int
    user: str | None
    password: str | None


def check_redis_url(url: str) -> str:
    """Return the URL if redis-py and Celery can use it.

    Raises:
        ValueError: they cannot; the message contains no part of the URL, which may hold a password.
    """
    return _checked(url, _is_redis, _REDIS_FORMS)


def is_same_redis(first: str, second: str) -> bool:
    """Return whether two valid Redis URLs name the same server, whatever the database.

    A host that has several names counts as several hosts.
    """
    return _server(first) == _server(second)


def _server(url: str) -> tuple[object, ...]:
    parts = urlsplit(url)
    if sentinel := parse_sentinel_url(url):
        return frozenset(sentinel.sentinels), sentinel.name
    if parts.scheme == "unix":
        return (parts.path,)
    return parts.hostname, parts.port or REDIS_PORT


def check_milvus_url(url: str) -> str:
    """Return the URL if it has a form that Milvus' client accepts.

    Raises:
        ValueError: it has not; the message contains no part of the URL.
    """
    return _checked(url, _is_milvus, _MILVUS_FORMS)


def _checked(url: str, is_valid: Callable[[SplitResult], bool], forms: str) -> str:
    with suppress(ValueError):  # a number is not a number
        parts = urlsplit(url)
        # a password that is not percent-encoded ends the host too early
        is_cut = "@" in parts.path + parts.query or parts.fragment
        if not is_cut and is_valid(parts):
            return url
    raise ValueError(forms)


def _is_redis(parts: SplitResult) -> bool:
    match parts.scheme:
        case "sentinel":
            return parse_sentinel_url(parts.geturl()) is not None
        case "unix":
            return not parts.hostname and parts.path.startswith("/")
        case "redis" | "rediss":
            db = dict(parse_qsl(parts.query)).get("db") or parts.path.strip("/")
            return _has_host(parts) and int(db or 0) >= 0
    return False


def _is_milvus(parts: SplitResult) -> bool:
    if parts.scheme == "unix":
        return bool(parts.path)
    return parts.scheme in {"http", "https", "tcp"} and _has_host(parts)


def _has_host(parts: SplitResult) -> bool:
    """Return whether there is a host; raises ValueError if the port is no valid one."""
    return bool(parts.hostname) and " " not in parts.netloc and parts.port != 0


def parse_sentinel_url(url: str) -> SentinelUrl | None:
    """Parse `sentinel://user:password@host:port,host:port/name/db`; None for other URLs.

    User, password, ports (by default 26379) and db (by default 0) are optional.

    Raises:
        ValueError: the URL does not name the master or a host, or a port or the db is not a number.
    """
    parts = urlsplit(url)
    if parts.scheme != "sentinel":
        return None
    user, _, hosts = parts.netloc.rpartition("@")
    name, _, db = parts.path.strip("/").partition("/")
    if not name:
        raise ValueError("a sentinel URL must contain the name of the master, like .../mymaster")
    user, _, password = user.partition(":")
    return SentinelUrl(
        tuple(map(_sentinel, hosts.split(","))),
        unquote(name),
        int(db or 0),
        unquote(user) or None,
        unquote(password) or None,
    )


def _sentinel(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":") if ":" in text else (text, "", SENTINEL_PORT)
    if not host or not 0 < int(port) < 65536:
        raise ValueError("a sentinel URL must contain hosts and ports, like host:26379")
    return host, int(port)


def celery_broker_url(url: str) -> tuple[str, dict[str, str]]:
    """Return Celery's broker URL and transport options for a Redis URL."""
    if (split := urlsplit(url)).scheme == "unix":
        return _celery_socket_url(split), {}
    if (parts := parse_sentinel_url(url)) is None:
        return url, {}
    userinfo = ""
    if parts.password:
        userinfo = f"{quote(parts.user or '', safe='')}:{quote(parts.password, safe='')}@"
    urls = (f"sentinel://{userinfo}{host}:{port}/{parts.db}" for host, port in parts.sentinels)
    return ";".join(urls), {"master_name": parts.name}


def _celery_socket_url(parts: SplitResult) -> str:
    db = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={db}"


def redis_url(url: str, *, password: str | None, ca: Path | None) -> str:
    """Complete a Redis URL for redis-py and Celery; values in the URL take precedence.

    With `rediss://`, the server's certificate is verified; Celery skips that by default.
    """
    parts = urlsplit(url)
    if password and parts.password is None:
        user, _, hosts = parts.netloc.rpartition("@")
        parts = parts._replace(netloc=f"{user}:{quote(password, safe='')}@{hosts}")
    if parts.scheme == "rediss":
        checks = {"ssl_cert_reqs": "required", "ssl_check_hostname": "true"}
        if ca:
            checks["ssl_ca_certs"] = str(ca)
        parts = parts._replace(query=urlencode(checks | dict(parse_qsl(parts.query))))
    if parts.scheme == "unix":  # geturl would write one slash, which redis-py does not understand
        return f"unix://{parts.netloc}{parts._replace(scheme='', netloc='').geturl()}"
    return parts.geturl()


def store_url(url: str, **options: str | None) -> str:
    """Add credentials from `key` and `secret` to the URL of an S3 bucket, and options to its query.

    Values in the URL take precedence; the URLs of other stores are returned unchanged.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3":
        return url
    key, secret = options.pop("key", None), options.pop("secret", None)
    if key and secret and "@" not in parts.netloc:
        netloc = f"{quote(key, safe='')}:{quote(secret, safe='')}@{parts.netloc}"
        parts = parts._replace(netloc=netloc)
    query = {name: value for name, value in options.items() if value} | dict(parse_qsl(parts.query))
    return parts._replace(query=urlencode(query)).geturl()


def password_in(url: str | None) -> set[str]:
    """Return both forms of a URL's password, percent-encoded and decoded; empty if it has none."""
    password = urlsplit(url or "").password
    return {password, unquote(password)} if password else set()
