"""Counts the bytes of every body, whether or not its length was announced."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.settings import MEBIBYTE


class BodyLimit:
    """Refuses a body over the limit while it comes in, before anything is parsed."""

    def __init__(self, app: ASGIApp, *, most_mb: int, uploads_mb: int) -> None:
        self._app = app
        self._most, self._uploads = most_mb * MEBIBYTE, uploads_mb * MEBIBYTE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a receive that counts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._uploads if _may_be_large(scope) else self._most
        count = 0

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > most:
                raise HTTPException(413, f"the body has more than {most // MEBIBYTE} MiB")
            return message

        await self._app(scope, counted, send)


def _may_be_large(scope: Scope) -> bool:
    """Whether it may hold pictures or sales; a block's JSON is read into memory, its file not."""
    path = scope["path"]
    if path.startswith("/loko/"):
        return Headers(scope=scope).get("content-type", "").startswith("multipart/")
    return "/items" in path or "/sales" in path
