"""How long each route takes, and what it answers."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.metrics import REQUESTS


class Measured:
    """Times requests until their answer begins: a stream of events may last for hours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = time.perf_counter() - began
                REQUESTS.labels(scope["method"], _route(scope), message["status"]).observe(took)
            await send(message)

        await self._app(scope, receive, timed)


def _route(scope: Scope) -> str:
    """The route's pattern, never the path: names of items would make a series each."""
    return str(getattr(scope.get("route"), "path", "other")).replace(":path}", "}")
