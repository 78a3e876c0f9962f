"""Loko's gateway: where progress is shown over the blocks, and where Loko's files are."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx2

from core.errors import InvalidInput, NotFound, Unavailable

EVENTS = "lookalike"
_EMIT_S = 1
_FILES = "/routes/orchestrator/files/"
_FILES_S = 30
_ALL = {"start": "0", "end": "1000000"}  # else the first ten
log = logging.getLogger(__name__)


class Gateway:
    """What flows use as well; without a URL there is none."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.AsyncClient(
            base_url=url, transport=httpx2.AsyncHTTPTransport(), timeout=_FILES_S
        )
        self._known = bool(url)
        self._telling: set[asyncio.Task[None]] = set()

    def tell(self, text: str, collection: str) -> None:
        """Show a line over the blocks whose form names the collection; nobody waits for it."""
        if self._known:
            task = asyncio.create_task(self._tell(text, collection))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, text: str, collection: str) -> None:
        content = {"msg": text, "type": EVENTS, "name": collection}
        event = {"event_name": "event_ds4biz", "content": content}
        try:
            await self._http.post("/emit", json=event, timeout=_EMIT_S)
        except httpx2.HTTPError as exc:
            log.debug("the gateway is not told of progress: %s", exc)

    async def listed(self, folder: str) -> list[dict[str, Any]]:
        """Files and folders in a folder of Loko's: `name` and `isDir`.

        Raises:
            InvalidInput: it is no folder.
            NotFound: it is not there.
            Unavailable: the gateway does not answer.
        """
        async with self.opened(folder, params=_ALL) as answer:
            await answer.aread()
        try:
            found: list[dict[str, Any]] = answer.json()["items"]
        except (ValueError, TypeError, KeyError) as exc:
            raise InvalidInput(f"{folder} is not a folder of Loko's files") from exc
        return found

    @asynccontextmanager
    async def opened(self, path: str, **sent: Any) -> AsyncIterator[httpx2.Response]:
        """A file of Loko's, to be read; the errors are those of `listed`."""
        if not self._known:
            raise Unavailable(
                "Loko's files cannot be read: set LOOKALIKE_LOKO__GATEWAY to the URL of its gateway"
            )
        if ".." in path.split("/"):
            raise InvalidInput(f"{path}: choose a folder of Loko's files")
        try:
            where = _FILES + quote(path.strip("/"))
            async with self._http.stream("GET", where, **sent) as answer:
                if answer.status_code == 404:
                    raise NotFound(f"{path} is not among Loko's files")
                answer.raise_for_status()
                yield answer
        except httpx2.HTTPError as exc:
            raise Unavailable(f"Loko's gateway does not give {path}; try again") from exc

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
