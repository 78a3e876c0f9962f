"""Around everything: each request has an id, and each answer the headers that shut what it may do.

Outermost, so that what the door refuses, and a bug, look like all other answers.
"""

import re
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.access_log import AccessLog, Asked
from api.middleware.auth import key_id
from core.observability.logs import request_id
from core.observability.tracing import mark

Headers = list[tuple[bytes, bytes]]

_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_HEADER = b"x-request-id"
# for data; what is a page says for itself what it may load
_DEFAULTS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


class Entrance:
    """Takes or makes the request's id, and adds to every answer what it does not say itself."""

    def __init__(self, app: ASGIApp, *, log: AccessLog) -> None:
        self._app, self._log = app, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, told = time.perf_counter(), 500, _told(scope["headers"])

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _completed(message.get("headers", []), told)
            await send(message)

        before = request_id.set(told.decode())
        mark(request_id=told.decode())
        try:
            await self._app(scope, receive, marked)
        finally:
            took = time.perf_counter() - began
            asked = Asked(scope["method"], scope["path"], status, took, key_id(), told.decode())
            self._log.add(asked)
            request_id.reset(before)


def _told(headers: Headers) -> bytes:
    """The caller's own id if it is a sane one, so that its log and ours can be read together."""
    for name, value in headers:
        if name == _HEADER and _ID.fullmatch(value):
            return value
    return secrets.token_hex(8).encode()


def _completed(headers: Headers, told: bytes) -> Headers:
    there = {name for name, _ in headers}
    return [*headers, *(one for one in _DEFAULTS if one[0] not in there), (_HEADER, told)]
