"""Who changed what, written before the answer goes out. Reads and searches pass by untouched."""

import re
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.access_log import Nameless
from api.middleware.auth import SAFE, key_id, needed, role
from core.errors import CoreError
from core.observability.logs import request_id
from core.storage import Audit, Role

_JOB = re.compile(r"/v1/jobs/([0-9a-f]+)\Z")
_NOT_LET_IN = {401, 429}  # they change nothing, and would fill the disk; the log has them


class Audited:
    """Adds a line to the audit for each request that would change something."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        audit: Audit,
        nameless: Nameless,
        refuse: Callable[[CoreError], Response],
    ) -> None:
        self._app, self._audit, self._nameless, self._refuse = app, audit, nameless, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; where it cannot be recorded, the answer is that."""
        if scope["type"] != "http" or not _changes(scope):
            await self._app(scope, receive, send)
            return
        refused = False

        async def recorded(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] not in _NOT_LET_IN:
                try:
                    await run_in_threadpool(self._add, scope, message)
                except CoreError as exc:
                    refused = True
                    told = type(exc)(f"it may be done, but is not in the audit: {exc.detail}")
                    await self._refuse(told)(scope, receive, send)
            if not refused:
                await send(message)

        try:
            await run_in_threadpool(self._audit.check)
        except CoreError as exc:
            await self._refuse(exc)(scope, receive, send)
            return
        await self._app(scope, receive, recorded)

    def _add(self, scope: Scope, message: Message) -> None:
        job = _JOB.search(Headers(raw=message.get("headers", [])).get("location", ""))
        self._audit.add(
            request_id=request_id.get(),
            key=key_id(),
            role=role() if key_id() else "",
            method=scope["method"],
            path=self._nameless(scope["path"])[:500],
            status=message["status"],
            job=job[1] if job else "",
        )


def _changes(scope: Scope) -> bool:
    """A block of a flow asks `/v1` itself, and is recorded there."""
    if scope["method"] in SAFE:  # most are, and need no look at their path
        return False
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return needed(scope["method"], path) not in {None, Role.READ}
