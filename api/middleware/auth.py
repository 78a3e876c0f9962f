"""The door: where there are keys, every request but for the page's files and health needs one.

Without keys it lets in only what came to a loopback address of this machine, however the server
was started. What a request needs follows from its method and path alone, so no route can be
forgotten.
"""

import ipaddress
import math
import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.cache.rate_limit import Rates
from core.errors import CoreError, NoKey, NotAllowed, Unavailable
from core.storage.api_keys import Key, Keys, Role

_FRESH_S = 1.0
_AWAY_S = 300.0
_PAUSE_S = 5.0
_MOST_CACHED = 10_000
SAFE = {"GET", "HEAD", "OPTIONS"}
"""Methods that change nothing."""
_HERE = {"127.0.0.1", "::1", "localhost", ""}
_OPEN = re.compile(r"/|/ui/.*|/docs(/.*)?|/openapi\.json|/favicon\.ico|/health/(live|ready)")
_SEARCH = re.compile(r"/v1/collections/[^/]+/search")
_COLLECTION = re.compile(r"/v1/collections/([^/]+)")
_BLOCKS = re.compile(r"/loko/.*")
_REBUILD = re.compile(r"/v1/collections/[^/]+/rebuild")
MISSING_KEY = "no key was sent; send one: `Authorization: Bearer KEY`"
_WRONG_KEY = (
    "the key that was sent is not known here; it may be mistyped or revoked. "
    "Send one that is valid: `Authorization: Bearer KEY`"
)
_presented: ContextVar[Key | None] = ContextVar("presented", default=None)


def needed(method: str, path: str) -> Role | None:
    """The role a request needs; None: anybody may ask."""
    if _OPEN.fullmatch(path):
        return None
    if method in SAFE or _SEARCH.fullmatch(path):
        return Role.READ
    if _BLOCKS.fullmatch(path):
        return Role.READ  # what a block then asks of /v1 comes here again, with the same key
    whole = path == "/v1/collections" or _COLLECTION.fullmatch(path) or _REBUILD.fullmatch(path)
    return Role.ADMIN if whole else Role.WRITE


def visible(collection: str) -> bool:
    """Whether this request's key is for the collection."""
    key = _presented.get()
    return key is None or key.sees(collection)


def role() -> Role:
    """What this request's key is for; where there are no keys, everything is allowed."""
    key = _presented.get()
    return Role.ADMIN if key is None else key.role


def key_id() -> str:
    """The id of this request's key; "" where it came with none that is known."""
    key = _presented.get()
    return key.id if key else ""


class Door:
    """Refuses what the presented key does not allow."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        refuse: Callable[[str, CoreError], Response],
        keys: Keys,
        rates: Rates,
        origins: Collection[str] = (),
        flows_key: str = "",
    ) -> None:
        self._app, self._refuse, self._rates, self._origins = app, refuse, rates, origins
        self._flows_key = flows_key
        self._known = _Known(keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is allowed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        _presented.set(None)
        try:
            await self._check(Request(scope), path)
        except CoreError as exc:
            await self._refuse(path, exc)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _check(self, request: Request, path: str) -> None:
        need = needed(request.method, path)
        if need is None:
            return
        self._check_site(request)
        if not await self._known.guarded() and _came_to_loopback(request.scope):
            await self._count(None, need, request)
            return
        header = request.headers.get("authorization") or self._instead(path)
        key = await self._known.of(header)
        _presented.set(key)  # what it is refused is logged with it too
        await self._count(key, need, request)
        if key is None:
            raise NoKey(_WRONG_KEY if header else MISSING_KEY)
        _check(key, need, path)

    def _instead(self, path: str) -> str:
        """The header where a request has none: flows send none, and a key may be set for them."""
        return f"Bearer {self._flows_key}" if self._flows_key and _BLOCKS.fullmatch(path) else ""

    def _check_site(self, request: Request) -> None:
        """Raises NotAllowed where a browser says that a foreign page asks, and it changes things.

        Without keys such a page could else write here from the browser of somebody on this machine.
        """
        if request.method in SAFE:
            return
        foreign = request.headers.get("sec-fetch-site") == "cross-site"
        if foreign and not self._allows(request):
            raise NotAllowed(
                "pages of other servers may change nothing here; see LOOKALIKE_ORIGINS"
            )

    def _allows(self, request: Request) -> bool:
        return request.headers.get("origin") in self._origins

    async def _count(self, key: Key | None, need: Role, request: Request) -> None:
        """Raises TooMany; whoever has no key counts by address, this machine does not count."""
        host = request.client.host if request.client else ""
        if key is None and host in _HERE:
            return
        who = f"key {key.id}" if key else host
        if need is Role.READ or key is None:
            self._rates.read(who)
        else:
            await run_in_threadpool(self._rates.write, who)


def _came_to_loopback(scope: Scope) -> bool:
    """By the socket's own address, which no header can change; a unix socket has none."""
    server = scope.get("server")
    return server is None or server[1] is None or _is_loopback(server[0])


@lru_cache(maxsize=256)
def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # no socket: asked from within the process
        return True
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _check(key: Key, need: Role, path: str) -> None:
    """Raises NotAllowed where the key is for less, or for other collections."""
    if not key.may(need):
        raise NotAllowed(f"this key is for {key.role}; the request needs one for {need}")
    asked = _COLLECTION.match(path)
    if asked and not key.sees(asked[1]):
        raise NotAllowed(f"this key is not for collection {asked[1]!r}")
    if path == "/v1/collections" and need is Role.ADMIN and key.collections:
        raise NotAllowed("this key is for some collections; it cannot make others")


class _Known:
    """What the store says of keys, read again when it is older than a second.

    While the store is away, what it said last holds for some minutes: nobody can revoke there
    either, and lists of recommendations need no store.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._any: tuple[float, bool] = (-math.inf, False)
        self._away_until = -math.inf
        self._seen: dict[str, tuple[float, Key | None]] = {}

    async def guarded(self) -> bool:
        """Whether there are any keys, or have been: a store that is lost opens no door."""
        at, some = self._any
        if not (some or self._holds(at)):
            with self._asking(at):
                self._any = time.monotonic(), await run_in_threadpool(self._keys.any)
        return self._any[1]

    async def of(self, header: str) -> Key | None:
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        at, key = self._seen.get(text, (-math.inf, None))
        if not self._holds(at):
            if len(self._seen) > _MOST_CACHED:
                self._seen.clear()
            with self._asking(at):
                key = await run_in_threadpool(self._keys.known, text.strip())
                self._seen[text] = time.monotonic(), key
        return key

    def _holds(self, at: float) -> bool:
        """Whether what was told then needs no look at the store, or can have none."""
        now = time.monotonic()
        return now - at <= _FRESH_S or (now < self._away_until and now - at <= _AWAY_S)

    @contextmanager
    def _asking(self, at: float) -> Iterator[None]:
        """Let what was told before hold for a while where the store is away."""
        try:
            yield
        except Unavailable:
            now = time.monotonic()
            self._away_until = now + _PAUSE_S  # each look may take its whole timeout
            if now - at > _AWAY_S:
                raise
