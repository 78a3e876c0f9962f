"""CORS: lets pages of the origins of storefront keys, and of the configured ones, call the API."""

from collections.abc import Sequence
from contextlib import suppress

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from api.middleware.key_cache import ApiKeyCache
from core.errors import Unavailable

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ALLOW_HEADERS = (
    "Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Prefer", "User-Token",
    "Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset",
)  # fmt: skip
_EXPOSE_HEADERS = (
    "ETag", "Location", "Retry-After", "X-Request-ID",
    "Tus-Resumable", "Upload-Expires", "Upload-Length", "Upload-Offset",
)  # fmt: skip


class KeyOriginsMiddleware(CORSMiddleware):
    """Allows the origins of all keys, too; each key is then only accepted from its own origins."""

    def __init__(self, app: ASGIApp, *, keys: ApiKeyCache, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_ALLOW_HEADERS,
            expose_headers=_EXPOSE_HEADERS,
            max_age=600,
        )
        self._keys = keys

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(name == b"origin" for name, _ in scope["headers"]):
            with suppress(Unavailable):  # the check of the key says so
                await self._keys.refresh_origins()
        if self.allow_origins or self._keys.origins:
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    @override
    def is_allowed_origin(self, origin: str) -> bool:
        return origin in self.allow_origins or origin in self._keys.origins


def install(app: FastAPI, origins: Sequence[str], keys: ApiKeyCache) -> None:
    """Allow these origins and those of the keys; credentials are never allowed."""
    app.add_middleware(KeyOriginsMiddleware, keys=keys, origins=origins)
