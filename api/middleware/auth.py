"""Authentication: once the store has API keys, every non-public request needs a valid key.

Without keys, only requests that arrived on a loopback address of this machine, and whose Host
header names a loopback address, are allowed, however the server was started. With keys, an image
can also be requested by a signed URL.
"""

from collections.abc import Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.middleware.authorization import check_access, is_loko_block, required_role
from api.middleware.current_key import ANYBODY, current_key, image_signatures, key_check
from api.middleware.key_cache import ApiKeyCache
from api.middleware.request_origin import (
    LOOPBACK_CLIENTS,
    address_block,
    arrived_on_loopback,
    reject_cross_site,
    reject_foreign_host,
    reject_other_origin,
)
from api.middleware.signed_images import SignatureSource, find_signed_image
from core.cache.rate_limit import RateLimiter, VisitorLimiter
from core.errors import CoreError, MissingApiKey
from core.settings import Settings
from core.storage.api_keys import Key, Role

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
        keys: ApiKeyCache,
        signatures: SignatureSource,
        rate_limiter: RateLimiter,
        settings: Settings,
    ) -> None:
        self._app, self._error_response = app, error_response
        self._keys, self._signatures, self._settings = keys, signatures, settings
        self._rate_limiter = rate_limiter
        self._visitor_limiter = VisitorLimiter(
            reads=settings.limits.visitor_reads_per_minute,
            images=settings.limits.visitor_images_per_minute,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if it is allowed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        current_key.set(None)
        image_signatures.set(None)
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
        if not await self._keys.any_keys() and arrived_on_loopback(request.scope):
            reject_cross_site(request, self._settings.cors_origins)
            reject_foreign_host(request, self._settings.allowed_hosts)
            await self._limit_rate(None, role, request)
            return
        image_signatures.set(await self._signatures.current())
        if not header and self._has_signature(request, path):
            return
        key = await self._keys.find(header)
        current_key.set(key)  # before the checks, so that rejections are logged with the key
        await self._limit_rate(key, role, request)
        allowed = (*self._settings.cors_origins, *(key.origins if key else ()))
        reject_cross_site(request, allowed)
        if key is None:
            raise MissingApiKey(_INVALID_KEY if header else MISSING_KEY)
        reject_other_origin(request, allowed, self._keys.origins)
        check_access(key, role, path)

    def _has_signature(self, request: Request, path: str) -> bool:
        """Return whether the request is for an image, and its URL has a valid signature.

        Raises:
            Forbidden: the signature is invalid or has expired.
            TooManyRequests: the rate limit is exceeded.
        """
        image, signatures = find_signed_image(request, path), image_signatures.get()
        if image is None or signatures is None:
            return False
        host = _host(request)
        if host not in LOOPBACK_CLIENTS:
            self._visitor_limiter.count_image(address_block(host))
        signatures.check(image.collection, image.sku, request.query_params)
        current_key.set(ANYBODY)
        return True

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
        host = _host(request)
        if key is None and host in LOOPBACK_CLIENTS:
            return
        if key and key.role is Role.SEARCH and host not in LOOPBACK_CLIENTS:
            self._visitor_limiter.count_read(address_block(host))
        client = f"key {key.id}" if key else host
        if role in {Role.SEARCH, Role.READ} or key is None:
            self._rate_limiter.count_read(client)
        else:
            await run_in_threadpool(self._rate_limiter.count_write, client)


def _host(request: Request) -> str:
    client = request.scope.get("client")  # the property makes an object
    return client[0] if client else ""
