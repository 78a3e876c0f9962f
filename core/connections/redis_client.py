"""Redis clients with timeouts, and the translation of Redis errors to `Unavailable`."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry
from redis.sentinel import Sentinel

from core.connections.urls import parse_sentinel_url
from core.errors import Unavailable

_REJECTED = (
    "Redis rejects the password; check LOOKALIKE_REDIS_PASSWORD and LOOKALIKE_CACHE_PASSWORD, or"
    " the passwords in the URLs"
)
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


def unavailable(exc: RedisError | TimeoutError) -> Unavailable:
    """Return the `Unavailable` to raise for an error of Redis."""
    if isinstance(exc, AuthenticationError):
        return Unavailable(_REJECTED)
    return Unavailable(f"Redis is unavailable ({type(exc).__name__}); retry later")


def translate_errors(call: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function to raise `Unavailable` in place of Redis errors."""

    @functools.wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except RedisError as exc:
            raise unavailable(exc) from exc

    return wrapper
