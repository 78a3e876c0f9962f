"""URLs of servers, completed with what belongs to them: a password, and how TLS is checked."""

from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit


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
