"""Authentication: once the store has API keys, every non-public request needs a valid key.

Without keys, only requests that arrived on a loopback address of this machine, and whose Host
header names a loopback address, are allowed, however the server was started.
"""

from collections.abc import Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.middleware.authorization import check_access, is_loko_block, required_role
from api.middleware.current_key import current_key, key_check
from api.middleware.key_cache import ApiKeyCache
from api.middleware.request_origin import (
    LOOPBACK_CLIENTS,
    arrived_on_loopback,
    reject_cross_site,
    reject_foreign_host,
)
from core.cache.rate_limit import RateLimiter
from core.errors import CoreError, MissingApiKey
from core.settings import Settings
from core.storage.api_keys import Key, Keys, Role

MISSING_KEY = "the API key is missing; send `Authorization: Bearer KEY`"
_INVALID_KEY = (
    "the API key is mistyped or has been revoked; send a valid `Authorization: Bearer KEY`"
)


class AuthMiddleware:
    """Checks the API key of each request, and the role and the rate limit of that key."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        error_response: Callable[[str, CoreError], Response],
        keys: Keys,
        rate_limiter: RateLimiter,
        settings: Settings,
    ) -> None:
        self._app, self._error_response, self._rate_limiter = app, error_response, rate_limiter
        self._settings = settings
        self._keys = ApiKeyCache(keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if it is allowed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        current_key.set(None)
        try:
            await self._authorize(Request(scope), path)
        except CoreError as exc:
            await self._error_response(path, exc)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _authorize(self, request: Request, path: str) -> None:
        role = required_role(request.method, path)
        if role is None:
            return
        header = request.headers.get("authorization") or self._loko_fallback(path)
        key_check.set(partial(self._is_let_in, header))
        reject_cross_site(request, self._settings.cors_origins)
        if not await self._keys.any_keys() and arrived_on_loopback(request.scope):
            reject_foreign_host(request, self._settings.allowed_hosts)
            await self._limit_rate(None, role, request)
            return
        key = await self._keys.find(header)
        current_key.set(key)  # before the checks, so that rejections are logged with the key
        await self._limit_rate(key, role, request)
        if key is None:
            raise MissingApiKey(_INVALID_KEY if header else MISSING_KEY)
        check_access(key, role, path)

    async def _is_let_in(self, header: str) -> bool:
        """Return whether a request that was let in earlier would be let in again.

        The answer may be a second old, since keys are cached.
        """
        return not await self._keys.any_keys() or await self._keys.find(header) is not None

    def _loko_fallback(self, path: str) -> str:
        """Return the Authorization header for Loko blocks, since flows send none."""
        key = self._settings.loko.key
        return f"Bearer {key}" if key and is_loko_block(path) else ""

    async def _limit_rate(self, key: Key | None, role: Role, request: Request) -> None:
        """Count the request against its key, or its address if it has no key; exempt loopback.

        Raises:
            TooManyRequests: the rate limit is exceeded.
        """
        host = request.client.host if request.client else ""
        if key is None and host in LOOPBACK_CLIENTS:
            return
        client = f"key {key.id}" if key else host
        if role is Role.READ or key is None:
            self._rate_limiter.count_read(client)
        else:
            await run_in_threadpool(self._rate_limiter.count_write, client)
