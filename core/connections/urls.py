"""Connection URLs, completed with passwords and with how TLS certificates are verified."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

SENTINEL_PORT = 26379


@dataclass(frozen=True)
class SentinelUrl:
    """A Redis found through sentinels: its address changes on a failover."""

    sentinels: tuple[tuple[str, int], ...]
    name: str
    """The sentinels' name of the master."""
    db: int
    user: str | None
    password: str | None

    @property
    def celery_url(self) -> str:
        """The broker URL in Celery's notation."""
        userinfo = f"{quote(self.user or '', safe='')}:{quote(self.password or '', safe='')}@"
        userinfo = userinfo if self.password else ""
        return ";".join(
            f"sentinel://{userinfo}{host}:{port}/{self.db}" for host, port in self.sentinels
        )


def parse_sentinel_url(url: str) -> SentinelUrl | None:
    """Parse `sentinel://user:password@host:port,host:port/name/db`; None for other URLs.

    Ports (26379), user, password and db (0) are optional.

    Raises:
        ValueError: it has no name, or its port or db is not a number.
    """
    parts = urlsplit(url)
    if parts.scheme != "sentinel":
        return None
    user, _, hosts = parts.netloc.rpartition("@")
    name, _, db = parts.path.strip("/").partition("/")
    if not name:
        raise ValueError("a sentinel URL must end with the name of the master: .../mymaster")
    user, _, password = user.partition(":")
    pairs = (
        host.rpartition(":") if ":" in host else (host, "", SENTINEL_PORT)
        for host in hosts.split(",")
    )
    return SentinelUrl(
        tuple((host, int(port)) for host, _, port in pairs),
        unquote(name),
        int(db or 0),
        unquote(user) or None,
        unquote(password) or None,
    )


def celery_broker_url(url: str) -> tuple[str, dict[str, str]]:
    """Return Celery's broker URL and transport options for a Redis URL."""
    sentinel = parse_sentinel_url(url)
    return (sentinel.celery_url, {"master_name": sentinel.name}) if sentinel else (url, {})


def redis_url(url: str, *, password: str | None, ca: Path | None) -> str:
    """Complete a Redis URL for redis-py and Celery; its own values take precedence.

    With `rediss://` the server's certificate is verified: Celery verifies nothing by default.
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
    return parts.geturl()


def store_url(url: str, **options: str | None) -> str:
    """Complete the URL of an S3 bucket with `key`, `secret` and other options, as its query.

    Values in the URL take precedence; other URLs are returned unchanged.
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
    """Return the password of a URL, quoted and unquoted; an empty set if it has none."""
    password = urlsplit(url or "").password
    return {password, unquote(password)} if password else set()
