"""Audit middleware: before a response is sent, records the request if it may change something."""

import logging
import re
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.access_log import anonymized
from api.middleware.authorization import SAFE_METHODS, required_role
from api.middleware.current_key import current_key_id, current_role
from core.errors import CoreError
from core.observability.logs import request_id
from core.storage import Audit, Role

log = logging.getLogger(__name__)

_KEY = re.compile(r"/v1/keys/([0-9a-f]{8})\Z")
_JOB = re.compile(r"/v1/jobs/([0-9a-f]+)\Z")
# these rejections change nothing and could fill the disk; the access log has them
_NOT_RECORDED = {401, 429}


class AuditMiddleware:
    """Adds an audit entry for each request that may change something."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        audit: Audit,
        anonymize: Callable[[str], str],
        error_response: Callable[[CoreError], Response],
    ) -> None:
        self._app, self._audit = app, audit
        self._anonymize, self._error_response = anonymize, error_response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; return an error if the request cannot be recorded."""
        if scope["type"] != "http" or not _changes_something(scope):
            await self._app(scope, receive, send)
            return
        failed = False

        async def record_and_send(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start" and message["status"] not in _NOT_RECORDED:
                try:
                    await run_in_threadpool(self._add, scope, message)
                except CoreError as exc:
                    if message["status"] >= 500:  # the client learns of the failure anyway
                        await run_in_threadpool(self._warn, scope, exc)
                        await send(message)
                        return
                    failed = True
                    error = type(exc)(
                        "the change may have been applied but could not be written to the audit "
                        f"log: {exc.detail}"
                    )
                    await self._error_response(error)(scope, receive, send)
            if not failed:
                await send(message)

        try:
            await run_in_threadpool(self._audit.check)
        except CoreError as exc:
            await self._error_response(exc)(scope, receive, send)
            return
        await self._app(scope, receive, record_and_send)

    def _add(self, scope: Scope, message: Message) -> None:
        location = Headers(raw=message.get("headers", [])).get("location", "")
        job, key = _JOB.search(location), _KEY.search(location)
        self._audit.add(
            request_id=request_id.get(),
            key=current_key_id(),
            role=current_role() if current_key_id() else "",
            method=scope["method"],
            path=self._anonymize(scope["path"])[:500],
            status=message["status"],
            job=job[1] if job else "",
            created_key=key[1] if key else "",
        )

    def _warn(self, scope: Scope, error: CoreError) -> None:
        path = anonymized(self._anonymize, scope["path"])
        log.warning("not written to the audit log: %s %s: %s", scope["method"], path, error.detail)


def _changes_something(scope: Scope) -> bool:
    """Return whether a request needs a role above read.

    Requests to Loko blocks do not; the requests that blocks send to `/v1` are recorded.
    """
    if scope["method"] in SAFE_METHODS:  # most requests: skip the path matching
        return False
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return required_role(scope["method"], path) not in {None, Role.SEARCH, Role.READ}
