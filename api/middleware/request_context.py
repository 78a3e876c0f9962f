"""The outermost middleware: request ids, security headers, the access log and metrics.

It is outermost so that it covers internal errors and requests that other middleware rejects. All
of this is in one middleware, since each one makes every request slower.
"""

import re
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware import request_metrics
from api.middleware.access_log import AccessLog, RequestRecord
from api.middleware.current_key import current_key_id
from core.observability.logs import request_id
from core.observability.tracing import annotate

Headers = list[tuple[bytes, bytes]]

_VALID_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_ID_HEADER = b"x-request-id"
# for data; pages set their own policy
_SECURITY_HEADERS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


class RequestContextMiddleware:
    """Gives each request an id and each response its security headers; logs and times requests.

    Requests are timed until their response starts, since a stream of events may last for hours.
    """

    def __init__(self, app: ASGIApp, *, log: AccessLog) -> None:
        self._app, self._log = app, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, id = time.perf_counter(), 500, _request_id(scope["headers"])

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                request_metrics.observe(scope, status, time.perf_counter() - started)
                message["headers"] = _with_defaults(message.get("headers", []), id)
            await send(message)

        token = request_id.set(id.decode())
        annotate(request_id=id.decode())
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            self._log.add(
                RequestRecord(
                    scope["method"], scope["path"], status, seconds, current_key_id(), id.decode()
                )
            )
            request_id.reset(token)


def _request_id(headers: Headers) -> bytes:
    """Return the id that the caller sent, to match the caller's log with ours, or a new id."""
    for name, value in headers:
        if name == _ID_HEADER and _VALID_ID.fullmatch(value):
            return value
    return secrets.token_hex(8).encode()


def _with_defaults(headers: Headers, id: bytes) -> Headers:
    names = {name for name, _ in headers}
    defaults = [header for header in _SECURITY_HEADERS if header[0] not in names]
    return [*headers, *defaults, (_ID_HEADER, id)]
