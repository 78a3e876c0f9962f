"""How Redis is called: every call has a timeout, and its errors become ours."""

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

from core.connections.urls import Watched, watched
from core.errors import Unavailable

P = ParamSpec("P")
R = TypeVar("R")


def connect(url: str, *, timeout_s: float = 3) -> Redis:
    """Open a pool of connections; nothing is sent yet.

    One immediate retry, because the first command after a restart of Redis meets a dead socket;
    none after a timeout: who waits has waited long enough.
    """
    retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    options = _options(timeout_s) | {"retry": retry}
    if (place := watched(url)) is None:
        return Redis.from_url(url, **options)
    found: Any = Sentinel(  # type: ignore[no-untyped-call]
        place.sentinels, sentinel_kwargs=_options(timeout_s), **options
    )
    return cast("Redis", found.master_for(place.name, **_signed(place)))


def connect_async(url: str, *, timeout_s: float = 3) -> AsyncRedis:
    """The same for one event loop."""
    retry = AsyncRetry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    options = _options(timeout_s) | {"retry": retry}
    if (place := watched(url)) is None:
        return AsyncRedis.from_url(url, **options)
    found: Any = AsyncSentinel(  # type: ignore[no-untyped-call]
        place.sentinels, sentinel_kwargs=_options(timeout_s), **options
    )
    return cast("AsyncRedis", found.master_for(place.name, **_signed(place)))


def _options(timeout_s: float) -> dict[str, Any]:
    return {
        "decode_responses": False,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": min(timeout_s, 2),
        "socket_keepalive": True,
        "health_check_interval": 15,
    }


def _signed(place: Watched) -> dict[str, Any]:
    return {"db": place.db, "username": place.user, "password": place.password}


def unavailable(exc: RedisError) -> Unavailable:
    """What an error of Redis is to us."""
    return Unavailable(f"Redis does not answer ({type(exc).__name__}); try again")


def guarded(call: Callable[P, R]) -> Callable[P, R]:
    """Turn Redis' errors into `Unavailable`."""

    @functools.wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except RedisError as exc:
            raise unavailable(exc) from exc

    return wrapper
