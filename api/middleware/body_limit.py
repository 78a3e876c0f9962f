"""Counts the bytes of every body, whether or not its length was announced, and waits for them."""

import asyncio
import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.settings import MEBIBYTE, Limits

_UPLOADS = re.compile(r"/v1/collections/[^/]+/(sales|items|items/[^/]+)\Z")
_CLOSED = {"Connection": "close"}  # what comes yet would be waited for
_JSON_MB = 1
_ONE_MORE_MB = 1  # a form is larger than the file in it


class BodyLimit:
    """Refuses a body over the limit, or one that stalls, while it comes in.

    Gigabytes over a slow line may take hours: what is limited is how long nothing comes at all.
    """

    def __init__(self, app: ASGIApp, *, limits: Limits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a receive that counts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, count, whole = 0, 0, False

        async def counted() -> Message:
            nonlocal most, count, whole
            most = most or _most_mb(scope, self._limits) * MEBIBYTE  # most requests have no body
            message = await (receive() if whole else self._in_time(receive))
            whole = whole or not message.get("more_body")
            count += len(message.get("body", b""))
            if count > most:
                raise HTTPException(413, f"the body has more than {most // MEBIBYTE} MiB")
            return message

        await self._app(scope, counted, send)

    async def _in_time(self, receive: Receive) -> Message:
        try:
            async with asyncio.timeout(self._limits.stall_s):
                return await receive()
        except TimeoutError as exc:
            told = f"nothing came for {self._limits.stall_s:g} seconds; send the request again"
            raise HTTPException(408, told, _CLOSED) from exc


def _most_mb(scope: Scope, limits: Limits) -> int:
    """What goes to the disk may be large; one picture goes into the memory, and so does JSON."""
    path, writes = scope["path"], scope["method"] in {"POST", "PUT"}
    is_form = Headers(scope=scope).get("content-type", "").lower().startswith("multipart/")
    is_block = path.startswith("/loko/")
    if writes and (_UPLOADS.search(path) or (is_block and is_form)):
        return limits.upload_mb + _ONE_MORE_MB
    return limits.image_mb + _ONE_MORE_MB if is_form or is_block else _JSON_MB
