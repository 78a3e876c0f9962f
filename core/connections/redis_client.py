"""Redis clients with timeouts, and the translation of Redis errors to `Unavailable`."""

import functools
import socket
import ssl
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel

from core.connections.urls import parse_sentinel_url
from core.errors import Unavailable

JOBS, CACHE = "LOOKALIKE_REDIS_URL", "LOOKALIKE_CACHE_URL"
"""The settings of the two servers; `core.jobs` uses only the first, `core.cache` the second."""
_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (MasterNotFoundError, "no Sentinel names a master; check the Sentinels and the master's name"),
    (OutOfMemoryError, "its memory is full; raise its maxmemory, or free memory"),
    (BusyLoadingError, "it is still loading its data"),
    (ReadOnlyError, "it is a replica, which cannot be written to; use the URL of its master"),
    (NoPermissionError, "its user lacks the permission for a command; check its ACL"),
    (ConnectionRefusedError, "it refuses the connection"),
    (socket.gaierror, "the name of its host is not known"),
    (ssl.SSLError, "TLS fails; check the certificate, and whether its port speaks TLS"),
    (TimeoutError, "no reply in time"),
    (RedisTimeoutError, "no reply in time"),
)
_CONNECTING = "Timeout connecting"  # how redis-py's message begins if TCP or TLS takes too long
P = ParamSpec("P")
R = TypeVar("R")


def connect(url: str, *, timeout_s: float = 3) -> Redis:
    """Create a client with a connection pool; nothing is sent yet.

    After a connection error, the client retries once without a pause, because the first command
    after a restart of Redis finds a dead socket. It does not retry after a timeout.
    """
    return cast("Redis", _connect(url, timeout_s, Redis, Sentinel, Retry))


def connect_async(url: str, *, timeout_s: float | None = 3, retries: int = 1) -> AsyncRedis:
    """Create an asyncio client that otherwise works like `connect`'s, for use in one event loop.

    Without a timeout, the caller limits the time of its commands.
    """
    classes = (AsyncRedis, AsyncSentinel, AsyncRetry)
    return cast("AsyncRedis", _connect(url, timeout_s, *classes, retries=retries))


def _connect(
    url: str, timeout_s: float | None, client: Any, sentinel: Any, retry: Any, *, retries: int = 1
) -> Any:
    """Create a client from the classes of redis-py or of its asyncio package."""
    options = {
        "decode_responses": False,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": min(timeout_s or 2, 2),
        "socket_keepalive": True,
        "health_check_interval": 15,
    }
    if url.startswith("unix:"):
        del options["socket_keepalive"]  # an option of TCP
    policy = retry(NoBackoff(), retries, supported_errors=(RedisConnectionError,))
    if (parts := parse_sentinel_url(url)) is None:
        return client.from_url(url, retry=policy, **options)
    servers = sentinel(parts.sentinels, sentinel_kwargs=options, retry=policy, **options)
    return servers.master_for(parts.name, db=parts.db, username=parts.user, password=parts.password)


def unavailable(exc: RedisError | TimeoutError, setting: str) -> Unavailable:
    """Return the `Unavailable` to raise for an error of the server of a setting.

    It does not name the host, which clients of the API need not know; `exc` does, as its cause.
    """
    if isinstance(exc, AuthenticationError):
        password = setting.replace("_URL", "_PASSWORD")
        fault = "requires a password" if exc.status_code == "NOAUTH" else "rejects the password"
        return Unavailable(f"Redis {fault}; check {password}, or the password in {setting}")
    return Unavailable(f"Redis is unavailable ({setting}: {_cause(exc)}); retry later")


def _cause(exc: BaseException) -> str:
    if str(exc).startswith(_CONNECTING):
        return "no connection in time; check the host, and whether rediss:// fits its port"
    chain = (exc, exc.__cause__, exc.__context__)
    causes = (text for kind, text in _CAUSES for error in chain if isinstance(error, kind))
    return next(causes, type(exc).__name__)


def translate_errors(call: Callable[P, R]) -> Callable[P, R]:
    """Decorate a method of `core.jobs` or `core.cache`: raise `Unavailable` for Redis errors."""
    setting = CACHE if call.__module__.startswith("core.cache.") else JOBS

    @functools.wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except RedisError as exc:
            raise unavailable(exc, setting) from exc

    return wrapper
