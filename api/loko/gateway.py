"""Client of Loko's gateway, which shows progress on the blocks and serves Loko's files."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx2

from core.errors import InvalidInput, NotFound, Unavailable

EVENTS = "lookalike"
_EMIT_TIMEOUT_S = 1
_FILES_PATH = "/routes/orchestrator/files/"
_FILES_TIMEOUT_S = 30
_ALL_ENTRIES = {"start": "0", "end": "1000000"}  # the default is the first ten
log = logging.getLogger(__name__)


class Gateway:
    """Client of Loko's gateway; without a URL, it shows no progress and files are unavailable."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.AsyncClient(
            base_url=url, transport=httpx2.AsyncHTTPTransport(), timeout=_FILES_TIMEOUT_S
        )
        self._configured = bool(url)
        self._pending: set[asyncio.Task[None]] = set()

    def show_progress(self, text: str, collection: str) -> None:
        """Show a line on the blocks of a collection, without waiting for the gateway."""
        if self._configured:
            task = asyncio.create_task(self._emit(text, collection))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)

    async def _emit(self, text: str, collection: str) -> None:
        content = {"msg": text, "type": EVENTS, "name": collection}
        event = {"event_name": "event_ds4biz", "content": content}
        try:
            await self._http.post("/emit", json=event, timeout=_EMIT_TIMEOUT_S)
        except httpx2.HTTPError as exc:
            log.debug("progress could not be sent to the gateway: %s", exc)

    async def list_folder(self, folder: str) -> list[dict[str, Any]]:
        """Return the entries of a folder of Loko's files, each with `name` and `isDir`.

        Raises:
            InvalidInput: the path is not a folder.
            NotFound: the folder does not exist.
            Unavailable: the gateway cannot be reached.
        """
        async with self.open(folder, params=_ALL_ENTRIES) as response:
            await response.aread()
        try:
            return list(response.json()["items"])
        except (ValueError, TypeError, KeyError) as exc:
            path = folder.rstrip("/")
            raise InvalidInput(f"{path} is not a folder in Loko; choose a folder") from exc

    @asynccontextmanager
    async def open(self, path: str, **options: Any) -> AsyncIterator[httpx2.Response]:
        """Open one of Loko's files for streaming; raise the same errors as `list_folder`."""
        if not self._configured:
            raise Unavailable(
                "Loko's files cannot be read; set LOOKALIKE_LOKO__GATEWAY to the URL of the gateway"
            )
        if ".." in path.split("/"):
            raise InvalidInput(f"the path {path} contains '..'; choose a folder in Loko")
        try:
            url = _FILES_PATH + quote(path.strip("/"))
            async with self._http.stream("GET", url, **options) as response:
                if response.status_code == 404:
                    raise NotFound(f"{path} does not exist in Loko; choose an existing folder")
                response.raise_for_status()
                yield response
        except httpx2.HTTPError as exc:
            raise Unavailable(f"Loko's gateway did not return {path}; retry later") from exc

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
