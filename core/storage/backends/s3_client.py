"""The S3 client: its URL, timeouts and error translation."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from obstore.store import S3Store

from core.errors import CoreError, InvalidInput, StorageFull, Unavailable
from core.storage.backends.backend import not_found

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

_BUCKET = re.compile(r"[\w.-]{3,255}", re.ASCII)
_CODES = (r"<Code>(\w+)</Code>", r"\(code: (\w+)\)", r"status code: (\d{3})")
_REASON = re.compile(
    r'(?:message|error): "([^"]+)"'
    r"|InvalidCertificate\(\s*(?:Other\(\s*OtherError\(\s*)?(\w+)"
    r"|HttpError \{\s*kind: (\w+)"
)
"""Matches the debug output of an error, which says more than its message; the last match counts."""
_FULL = {"XMinioStorageFull", "QuotaExceeded", "507"}
_REJECTED = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "401", "403"}
_METADATA_SERVICE = re.compile(r"/latest/(api/token|meta-data)")
"""The client requests credentials there only if none are configured."""
_CHECK_KEY = (
    "check LOOKALIKE_S3__KEY and LOOKALIKE_S3__SECRET, and the permissions of that access key"
)
_RETRIES: "RetryConfig" = {
    "max_retries": 2,
    "backoff": {"max_backoff": timedelta(seconds=2)},
    "retry_timeout": timedelta(seconds=4),  # so a call that timed out is not repeated
}


@dataclass(frozen=True)
class BucketUrl:
    """`s3://key:secret@bucket/prefix?endpoint=&region=&ca=`; only the bucket is required."""

    bucket: str
    prefix: str
    ca: str | None
    config: dict[str, str] = field(repr=False)
    """The access key, secret, endpoint and region, where the URL has them."""

    @classmethod
    def parse(cls, url: str) -> "BucketUrl":
        """Parse a URL.

        Raises:
            InvalidInput: the URL names no bucket.
        """
        parts = urlsplit(url)
        bucket = parts.netloc.rpartition("@")[2]
        if not _BUCKET.fullmatch(bucket):
            raise InvalidInput("LOOKALIKE_STORE_URL must specify a bucket, like s3://bucket/prefix")
        query = dict(parse_qsl(parts.query))
        config = {
            "access_key_id": unquote(parts.username or ""),
            "secret_access_key": unquote(parts.password or ""),
            "endpoint": query.get("endpoint", ""),
            "region": query.get("region", ""),
        }
        config = {name: value for name, value in config.items() if value}
        return cls(bucket, parts.path.strip("/"), query.get("ca"), config)

    def __str__(self) -> str:
        """The URL without the secret, for messages."""
        url = f"s3://{self.bucket}/{self.prefix}"
        return f"{url} at {self.config['endpoint']}" if "endpoint" in self.config else url


def open_bucket(url: BucketUrl) -> S3Store:
    """Return a client, which connects on first use.

    Values missing from the URL come from environment variables (`AWS_...`), or from the role of the
    container or machine.

    Raises:
        InvalidInput: the CA file cannot be read.
    """
    options: ClientConfig = {
        "allow_http": True,
        "connect_timeout": "2s",
        "read_timeout": "10s",  # includes sending the request: at most one part
        "timeout": "60s",
    }
    if url.ca:
        options["root_certificate"] = _read_ca(url.ca)
    return S3Store(
        url.bucket,
        prefix=url.prefix or None,
        config=cast("S3Config", url.config),
        client_options=options,
        retry_config=_RETRIES,
    )


def _read_ca(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as exc:
        raise InvalidInput(f"cannot read LOOKALIKE_TLS_CA={path}: {exc.strerror}") from exc


def error_code(error: Exception) -> str:
    """Return S3's error code, like `NoSuchKey`, or the HTTP status; "" without a response."""
    matches = (re.search(pattern, str(error)) for pattern in _CODES)
    return next((match[1] for match in matches if match), "")


def translate_error(error: Exception, path: str, url: BucketUrl) -> CoreError:
    """Return the `CoreError` for an error of the client."""
    code = error_code(error)
    if isinstance(error, FileNotFoundError) and code != "NoSuchBucket":
        return not_found(path)
    if code in _FULL:
        return StorageFull(f"{url} is full; free some space and retry")
    return Unavailable(f"{url} {_describe(error, code)}")


def _describe(error: Exception, code: str) -> str:
    text = str(error)
    if code == "NoSuchBucket":
        return "does not exist; create the bucket, or correct LOOKALIKE_STORE_URL"
    if _METADATA_SERVICE.search(text):
        return f"needs an access key; {_CHECK_KEY}"
    if isinstance(error, PermissionError) or code in _REJECTED:
        return f"rejects the access key ({code}); {_CHECK_KEY}"
    if code:
        return f"returned {code}; retry later"
    reasons = [match[match.lastindex or 0] for match in _REASON.finditer(text)]
    return f"is unreachable ({reasons[-1] if reasons else type(error).__name__})"
