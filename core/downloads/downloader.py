"""Downloads many images at the same time, politely: with pauses, retries and limits per host."""

import asyncio
import random
import ssl
import threading
import time
from concurrent.futures import Future
from functools import cached_property, lru_cache
from pathlib import Path

import httpx2

from core.downloads.addresses import parse_url
from core.downloads.errors import DownloadFailed, TemporaryFailure
from core.downloads.images import NO_VALIDATORS, Download, ImageClient, Validators
from core.downloads.network import CheckedNetwork, Resolve, look_up
from core.settings import DownloadSettings

MAX_WAIT_S = 60.0
"""If a server asks for a longer pause, the image fails, and a retry of the job downloads it."""
_BACKOFF_S = 1.0
_MAX_FAILURES_IN_A_ROW = 3
_HOSTS = 1000


class _Host:
    """The state of a host: free slots, until when it is paused or blocked, failures in a row."""

    def __init__(self, slots: int) -> None:
        self.slots = asyncio.Semaphore(slots)
        self.paused_until = 0.0
        self.blocked_until = 0.0
        self.failures = 0

    async def wait(self) -> None:
        """Wait for the end of the pause."""
        while (pause := self.paused_until - time.monotonic()) > 0:
            await asyncio.sleep(pause)

    def count_failure(self) -> None:
        """Count an image that failed in all attempts; after several in a row, the host is blocked.

        A job then ends soon, instead of waiting for each image of a host that is down.
        """
        self.failures += 1
        if self.failures >= _MAX_FAILURES_IN_A_ROW:
            self.blocked_until = time.monotonic() + MAX_WAIT_S

    def check(self, name: str) -> None:
        """Raise DownloadFailed if several images in a row failed shortly before."""
        if time.monotonic() < self.blocked_until:
            raise DownloadFailed(
                f"not requested, because {name!r} failed {self.failures} times in a row; "
                "retry the job later"
            )


class Downloader:
    """Downloads images in a thread of its own, which starts with the first download.

    `ca` is a PEM file of a certificate authority that is trusted like those of the system.
    """

    def __init__(
        self,
        settings: DownloadSettings,
        *,
        max_bytes: int,
        ca: Path | None = None,
        resolve: Resolve = look_up,
        backoff_s: float = _BACKOFF_S,
    ) -> None:
        self._settings, self._max_bytes, self._resolve = settings, max_bytes, resolve
        self._ca, self._backoff_s = ca, backoff_s
        self._hosts = lru_cache(_HOSTS)(lambda _name: _Host(settings.per_host))

    def start(self, url: str, validators: Validators = NO_VALIDATORS) -> Future[Download]:
        """Start a download; the future raises the errors of `ImageClient.get`."""
        return asyncio.run_coroutine_threadsafe(self._download(url, validators), self._loop)

    def close(self) -> None:
        """Close all connections and end the thread."""
        if "_loop" in self.__dict__:
            asyncio.run_coroutine_threadsafe(self._client.close(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, name="downloads", daemon=True)
        self._thread.start()
        return loop

    @cached_property
    def _client(self) -> ImageClient:
        return ImageClient(
            self._settings,
            CheckedNetwork(self._settings, self._resolve),
            max_bytes=self._max_bytes,
            ssl_context=_ssl_context(self._ca),
        )

    async def _download(self, url: str, validators: Validators) -> Download:
        name = parse_url(url, self._settings).host
        host = self._hosts(name)
        async with host.slots:
            host.check(name)
            try:
                download = await self._attempt(host, url, validators)
            except TemporaryFailure as exc:
                host.count_failure()
                raise DownloadFailed(exc.detail) from exc
            except Exception:
                host.failures = 0
                raise
            host.failures = 0
            return download

    async def _attempt(self, host: _Host, url: str, validators: Validators) -> Download:
        """Try a download several times, with growing pauses for the whole host."""
        for attempt in range(1, self._settings.max_attempts):
            await host.wait()
            try:
                return await self._client.get(url, validators)
            except TemporaryFailure as exc:
                pause = self._pause(attempt, exc)
                host.paused_until = max(host.paused_until, time.monotonic() + pause)
        await host.wait()
        return await self._client.get(url, validators)

    def _pause(self, attempt: int, error: TemporaryFailure) -> float:
        if error.wait_s is not None and error.wait_s > MAX_WAIT_S:
            raise TemporaryFailure(
                f"{error.detail} and asks for a pause of {error.wait_s:,.0f} s; "
                "retry the job after it"
            ) from error
        backoff = self._backoff_s * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311
        return backoff if error.wait_s is None else error.wait_s


def _ssl_context(ca: Path | None) -> ssl.SSLContext:
    context = httpx2.create_ssl_context()
    if ca:
        context.load_verify_locations(ca)
    return context
