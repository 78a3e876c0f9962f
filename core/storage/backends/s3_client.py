"""How S3 is called: by which URL, with what timeouts, and how its errors become ours."""

import re
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import aiohttp
import s3fs  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    NoCredentialsError,
)

from core.errors import InvalidInput, StorageFull, Unavailable

_PART = 8 * 1024 * 1024
"""Bytes of a part of a large object, kept in memory until it is sent; and read ahead."""
_BUCKET = re.compile(r"[\w.-]{3,255}", re.ASCII)
_SILENT = (BotoCoreError, aiohttp.ClientError, ConnectionError, TimeoutError)
_ANSWERS = {
    *("NoSuchKey", "404"),
    *("PreconditionFailed", "412"),
    *("ConditionalRequestConflict", "409"),
    *("InvalidRange", "416"),
}
"""Codes that answer what was asked."""
_REFUSED = "mend LOOKALIKE_S3__KEY and LOOKALIKE_S3__SECRET, or the rights of that key"


@dataclass(frozen=True)
class BucketUrl:
    """`s3://key:secret@bucket/prefix?endpoint=&region=&ca=`; all but the bucket may be missing."""

    bucket: str
    prefix: str
    key: str | None
    secret: str | None = field(repr=False)
    endpoint: str | None
    region: str | None
    ca: str | None

    @classmethod
    def parse(cls, url: str) -> "BucketUrl":
        """The parts of a URL.

        Raises:
            InvalidInput: it names no bucket.
        """
        parts = urlsplit(url)
        if not _BUCKET.fullmatch(parts.netloc.rpartition("@")[2]):
            raise InvalidInput("LOOKALIKE_STORE_URL: name a bucket, as s3://bucket/prefix")
        prefix, more = parts.path.strip("/"), dict(parse_qsl(parts.query))
        return cls(
            bucket=parts.netloc.rpartition("@")[2],
            prefix=f"{prefix}/" if prefix else "",
            key=unquote(parts.username or "") or None,
            secret=unquote(parts.password or "") or None,
            endpoint=more.get("endpoint"),
            region=more.get("region"),
            ca=more.get("ca"),
        )

    @property
    def told(self) -> str:
        """What people are told: no secret."""
        return f"s3://{self.bucket}/{self.prefix}" + (f" at {self.endpoint}" * bool(self.endpoint))


def file_system(url: BucketUrl) -> Any:
    """The file system of s3fs, which connects when it is first asked.

    What the URL leaves open comes from the usual places: `AWS_...`, profiles, the machine's role.
    """
    checks = "when_supported" if url.endpoint is None else "when_required"
    config = {
        "connect_timeout": 2,
        "read_timeout": 7,
        "retries": {"total_max_attempts": 3, "mode": "standard"},
        "max_pool_connections": 64,
        "request_checksum_calculation": checks,  # not every server knows those of AWS
        "response_checksum_validation": checks,
    }
    if url.endpoint:
        config["s3"] = {"addressing_style": "path"}
    client = {"region_name": url.region, "verify": url.ca}
    made = s3fs.S3FileSystem(
        key=url.key,
        secret=url.secret,
        endpoint_url=url.endpoint,
        use_listings_cache=False,
        default_block_size=_PART,
        max_concurrency=1,  # else it asks how large a file is, before it reads it
        client_kwargs={name: value for name, value in client.items() if value},
        config_kwargs=config,
    )
    made.retries = 1  # of its own, around those above
    return made


def code_of(error: BaseException) -> str:
    """What S3 calls an error, as `NoSuchKey`; "" where the error is not S3's."""
    told = error if isinstance(error, ClientError) else error.__cause__
    return str(told.response["Error"].get("Code", "")) if isinstance(told, ClientError) else ""


class Asking:
    """A `with` around what is asked of S3, which turns errors into ours.

    What is not there, and what a condition has refused, are left to the caller.
    """

    def __init__(self, url: BucketUrl) -> None:
        self._url = url

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        if isinstance(error, OSError | ClientError | BotoCoreError | aiohttp.ClientError):
            self._raise(error)

    def _raise(self, error: Exception) -> None:
        code, told = code_of(error), self._url.told
        if code == "NoSuchBucket":
            raise Unavailable(
                f"{told}: there is no bucket of this name; make it, or mend LOOKALIKE_STORE_URL"
            ) from error
        if isinstance(error, NoCredentialsError):
            raise Unavailable(f"{told}: no key is set; {_REFUSED}") from error
        if code and isinstance(error, PermissionError):
            raise Unavailable(f"{told} refuses the key ({code}); {_REFUSED}") from error
        if code in {"XMinioStorageFull", "QuotaExceeded", "507"}:
            raise StorageFull(f"{told} is full; free some space and try again") from error
        if code and code not in _ANSWERS:
            raise Unavailable(f"{told} answers {code}; try again") from error
        if isinstance(error, _SILENT):
            raise Unavailable(f"{told} does not answer ({type(error).__name__})") from error
