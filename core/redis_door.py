"""How Redis is called: every call has a timeout, and its errors become ours."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from redis import Redis, RedisError
from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from core.errors import Unavailable

P = ParamSpec("P")
R = TypeVar("R")

CONNECTIONS = 64  # of an event loop


def connect(url: str, *, timeout_s: float = 3) -> Redis:
    """Open a pool of connections; nothing is sent yet.

    One immediate retry, because the first command after a restart of Redis meets a dead socket;
    none after a timeout: who waits has waited long enough.
    """
    return Redis.from_url(
        url,
        decode_responses=False,
        socket_timeout=timeout_s,
        socket_connect_timeout=2,
        socket_keepalive=True,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )


def connect_async(url: str, *, timeout_s: float = 3) -> AsyncRedis:
    """The same for one event loop. Whoever finds all connections taken waits for one."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=2,
        socket_keepalive=True,
        health_check_interval=15,
        retry=AsyncRetry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )
    return AsyncRedis.from_pool(pool)


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
