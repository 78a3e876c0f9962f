"""Limits the size of request bodies, and how long a client may pause while sending one."""

import asyncio
import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.settings import MEBIBYTE, Limits

_UPLOADS = re.compile(r"/v1/collections/[^/]+/(sales|items|items/.+)\Z")
_RESUMABLE = re.compile(r"/v1/uploads/[^/]+")
_CLOSE = {"Connection": "close"}  # otherwise the server would wait for the rest of the body
_JSON_MB = 1
_AVAILABILITY_MB = 32
_AVAILABILITY = re.compile(r"/v1/collections/[^/]+/availability")
_FORM_OVERHEAD_MB = 1  # a form is larger than its file


class BodyLimitMiddleware:
    """Rejects a body that exceeds its limit, or a client that pauses for too long.

    Gigabytes can take hours over a slow line, so the timeout applies to pauses, not to the body.
    """

    def __init__(self, app: ASGIApp, *, limits: Limits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `receive` that counts bytes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit, received, complete = 0, 0, False

        async def limited_receive() -> Message:
            nonlocal limit, received, complete
            # computed here, since most requests have no body
            limit = limit or _limit_mb(scope, self._limits) * MEBIBYTE
            message = await (receive() if complete else self._receive_with_timeout(receive))
            complete = complete or not message.get("more_body")
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, f"the request body exceeds {limit // MEBIBYTE} MiB")
            return message

        await self._app(scope, limited_receive, send)

    async def _receive_with_timeout(self, receive: Receive) -> Message:
        try:
            async with asyncio.timeout(self._limits.idle_timeout_s):
                return await receive()
        except TimeoutError as exc:
            seconds = self._limits.idle_timeout_s
            detail = f"no data was received for {seconds:g} seconds; send the request again"
            raise HTTPException(408, detail, _CLOSE) from exc


def _limit_mb(scope: Scope, limits: Limits) -> int:
    """Return the limit in MiB: uploads go to disk; single images and JSON are held in memory."""
    path, writes = scope["path"], scope["method"] in {"POST", "PUT"}
    is_form = Headers(scope=scope).get("content-type", "").lower().startswith("multipart/")
    is_block = path.startswith("/loko/")
    if scope["method"] == "PATCH" and _RESUMABLE.fullmatch(path):
        return limits.max_upload_mb
    if writes and (_UPLOADS.search(path) or (is_block and is_form)):
        return limits.max_upload_mb + _FORM_OVERHEAD_MB
    if writes and _AVAILABILITY.fullmatch(path):
        return _AVAILABILITY_MB
    return limits.max_image_mb + _FORM_OVERHEAD_MB if is_form or is_block else _JSON_MB
