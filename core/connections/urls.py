"""URLs of servers, completed with what belongs to them: a password, and how TLS is checked."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

SENTINEL_PORT = 26379


@dataclass(frozen=True)
class Watched:
    """A Redis whose place sentinels know: it moves when its server dies."""

    sentinels: tuple[tuple[str, int], ...]
    name: str
    """How the sentinels call it."""
    db: int
    user: str | None
    password: str | None

    @property
    def broker(self) -> str:
        """As Celery has it."""
        signed = f"{quote(self.user or '', safe='')}:{quote(self.password or '', safe='')}@"
        signed = signed if self.password else ""
        return ";".join(
            f"sentinel://{signed}{host}:{port}/{self.db}" for host, port in self.sentinels
        )


def watched(url: str) -> Watched | None:
    """What `sentinel://user:password@host:port,host:port/name/db` says; None: another URL.

    Ports (26379), user, password and db (0) may be left out.

    Raises:
        ValueError: it has no name, or a port or db that is no number.
    """
    parts = urlsplit(url)
    if parts.scheme != "sentinel":
        return None
    user, _, hosts = parts.netloc.rpartition("@")
    name, _, db = parts.path.strip("/").partition("/")
    if not name:
        raise ValueError("the URL of sentinels ends with the name they have for it: .../mymaster")
    user, _, password = user.partition(":")
    pairs = (
        one.rpartition(":") if ":" in one else (one, "", SENTINEL_PORT) for one in hosts.split(",")
    )
    return Watched(
        tuple((host, int(port)) for host, _, port in pairs),
        unquote(name),
        int(db or 0),
        unquote(user) or None,
        unquote(password) or None,
    )


def broker_of(url: str) -> tuple[str, dict[str, str]]:
    """A Redis as Celery has it: its URL, and what its transport is told besides."""
    place = watched(url)
    return (place.broker, {"master_name": place.name}) if place else (url, {})


def redis_url(url: str, *, password: str | None, ca: Path | None) -> str:
    """The URL for redis-py and for Celery; with `rediss://` both check the server's certificate.

    Celery would else check nothing. What the URL says itself stays as it is.
    """
    parts = urlsplit(url)
    if password and parts.password is None:
        user, _, place = parts.netloc.rpartition("@")
        parts = parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}")
    if parts.scheme == "rediss":
        checks = {"ssl_cert_reqs": "required", "ssl_check_hostname": "true"}
        if ca:
            checks["ssl_ca_certs"] = str(ca)
        parts = parts._replace(query=urlencode(checks | dict(parse_qsl(parts.query))))
    return parts.geturl()


def store_url(url: str, **more: str | None) -> str:
    """The URL of the store; that of a bucket with its key and secret, and the rest in its query.

    What the URL says itself stays as it is.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3":
        return url
    key, secret = more.pop("key", None), more.pop("secret", None)
    if key and secret and "@" not in parts.netloc:
        signed = f"{quote(key, safe='')}:{quote(secret, safe='')}@{parts.netloc}"
        parts = parts._replace(netloc=signed)
    query = {name: value for name, value in more.items() if value} | dict(parse_qsl(parts.query))
    return parts._replace(query=urlencode(query)).geturl()


def password_in(url: str | None) -> set[str]:
    """The password of a URL, as it stands there and as it is meant; empty if it has none."""
    password = urlsplit(url or "").password
    return {password, unquote(password)} if password else set()
