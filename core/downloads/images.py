"""One attempt to download an image: redirects, conditional requests, limits of time and size."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import httpcore2

from core.downloads.addresses import parse_url
from core.downloads.errors import DownloadFailed, TemporaryFailure, UrlRefused
from core.downloads.network import CheckedNetwork
from core.errors import TooLarge
from core.settings import DownloadSettings

_HEADERS = {"User-Agent": "Lookalike", "Accept": "image/*", "Accept-Encoding": "identity"}
_MAX_VALIDATOR = 500
_REDIRECTS = {301, 302, 303, 307, 308}
_TEMPORARY = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Validators:
    """What a server said about the version of an image, for requests on condition of a change."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """Return the headers of a request for an image only if it has changed."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


NO_VALIDATORS = Validators()


@dataclass(frozen=True)
class Download:
    """A downloaded image; `data` is None if the image has not changed."""

    data: bytes | None
    validators: Validators = NO_VALIDATORS


@dataclass(frozen=True)
class _Redirect:
    location: str


class ImageClient:
    """Downloads images of at most `max_bytes` bytes; all methods run in one event loop."""

    def __init__(
        self,
        settings: DownloadSettings,
        network: CheckedNetwork,
        *,
        max_bytes: int,
        ssl_context: ssl.SSLContext,
    ) -> None:
        self._settings, self._max_bytes = settings, max_bytes
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context, max_connections=None, keepalive_expiry=10, network_backend=network
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def get(self, url: str, validators: Validators) -> Download:
        """Download an image.

        Raises:
            UrlRefused: the URL, or one that it redirects to, must not be requested.
            TooLarge: the image has more than `max_bytes`.
            TemporaryFailure: another attempt may succeed.
            DownloadFailed: the server has no such image.
        """
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await self._follow(url, validators)
        except TimeoutError as exc:
            limit = self._settings.timeout_s
            raise TemporaryFailure(f"the download took longer than {limit:g} s") from exc
        except (httpcore2.NetworkError, httpcore2.TimeoutException) as exc:
            raise _describe(exc) from exc
        except httpcore2.ProtocolError as exc:
            raise TemporaryFailure(f"the server's response is not valid HTTP: {exc}") from exc

    async def _follow(self, url: str, validators: Validators) -> Download:
        for _ in range(self._settings.max_redirects + 1):
            answer = await self._request(url, validators)
            if isinstance(answer, Download):
                return answer
            url = urljoin(url, answer.location)
        raise UrlRefused(f"the URL leads to more than {self._settings.max_redirects} redirects")

    async def _request(self, text: str, validators: Validators) -> Download | _Redirect:
        url = parse_url(text, self._settings)
        headers = {"Host": url.netloc.decode("ascii"), **_HEADERS, **validators.headers()}
        timeouts = {"connect": self._settings.connect_timeout_s}
        target = httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        async with self._pool.stream(
            "GET", target, headers=list(headers.items()), extensions={"timeout": timeouts}
        ) as response:
            received = {
                k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers
            }
            if response.status in _REDIRECTS and "location" in received:
                return _Redirect(received["location"])
            if response.status == 304 and validators.headers():
                return Download(None, validators)
            _check_status(response.status, received)
            return Download(await self._read(response, received), _validators(received))

    async def _read(self, response: httpcore2.Response, headers: Mapping[str, str]) -> bytes:
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise DownloadFailed(
                f"the server compressed the response ({headers['content-encoding']}), although "
                "the request allows no compression"
            )
        self._check_size(int(headers["content-length"]) if "content-length" in headers else 0)
        data = bytearray()
        async for part in response.aiter_stream():
            data += part
            self._check_size(len(data))
        return bytes(data)

    def _check_size(self, size: int) -> None:
        if size > self._max_bytes:
            raise TooLarge(f"the image is larger than {self._max_bytes:,} bytes, the limit")


def _check_status(status: int, headers: Mapping[str, str]) -> None:
    if status in _TEMPORARY:
        wait_s = _retry_after(headers.get("retry-after", ""))
        raise TemporaryFailure(f"the server responded with status {status}", wait_s=wait_s)
    if status != 200:
        raise DownloadFailed(f"the server responded with status {status}")


def _validators(headers: Mapping[str, str]) -> Validators:
    texts = (headers.get(name, "") for name in ("etag", "last-modified"))
    return Validators(*(text if len(text) <= _MAX_VALIDATOR else "" for text in texts))


def _retry_after(text: str) -> float | None:
    """Return the seconds in a `Retry-After` header: a number, or a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _describe(error: Exception) -> DownloadFailed:
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return DownloadFailed(f"the server's certificate is not valid: {cause.verify_message}")
        cause = cause.__cause__ or cause.__context__
    return TemporaryFailure(f"the connection failed: {error or type(error).__name__}")
