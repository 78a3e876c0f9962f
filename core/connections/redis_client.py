"""Redis clients: every call has a timeout, and Redis' errors become `Unavailable`."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry
from redis.sentinel import Sentinel

from core.connections.urls import SentinelUrl, parse_sentinel_url
from core.errors import Unavailable

P = ParamSpec("P")
R = TypeVar("R")


def connect(url: str, *, timeout_s: float = 3) -> Redis:
    """Create a client with a connection pool; nothing is sent yet.

    It retries once, at once, after a connection error, because the first command after a restart
    of Redis meets a dead socket; not after a timeout, which has cost the caller enough time.
    """
    retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    options = _options(timeout_s) | {"retry": retry}
    if (url_parts := parse_sentinel_url(url)) is None:
        return Redis.from_url(url, **options)
    sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]
        url_parts.sentinels, sentinel_kwargs=_options(timeout_s), **options
    )
    return cast("Redis", sentinel.master_for(url_parts.name, **_credentials(url_parts)))


def connect_async(url: str, *, timeout_s: float = 3) -> AsyncRedis:
    """Create the same client for asyncio; it belongs to one event loop."""
    retry = AsyncRetry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    options = _options(timeout_s) | {"retry": retry}
    if (url_parts := parse_sentinel_url(url)) is None:
        return AsyncRedis.from_url(url, **options)
    sentinel: Any = AsyncSentinel(  # type: ignore[no-untyped-call]
        url_parts.sentinels, sentinel_kwargs=_options(timeout_s), **options
    )
    return cast("AsyncRedis", sentinel.master_for(url_parts.name, **_credentials(url_parts)))


def _options(timeout_s: float) -> dict[str, Any]:
    return {
        "decode_responses": False,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": min(timeout_s, 2),
        "socket_keepalive": True,
        "health_check_interval": 15,
    }


def _credentials(url: SentinelUrl) -> dict[str, Any]:
    return {"db": url.db, "username": url.user, "password": url.password}


def unavailable(exc: RedisError) -> Unavailable:
    """Translate an error of Redis."""
    return Unavailable(f"Redis is unavailable ({type(exc).__name__}); retry later")


def translate_errors(call: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function: errors of Redis become `Unavailable`."""

    @functools.wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except RedisError as exc:
            raise unavailable(exc) from exc

    return wrapper
