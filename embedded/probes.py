"""Readiness probes with timeouts, one for each kind of process."""

import contextlib
import http.client

import grpc
import redis

from core.connections.redis_client import connect

TIMEOUT_S = 2.0
_SHOW_COLLECTIONS = "/milvus.proto.milvus.MilvusService/ShowCollections"


def redis_is_ready(url: str) -> bool:
    """Whether Redis answers PING, which it does not do while loading its data."""
    with _redis(url) as client, contextlib.suppress(redis.RedisError):
        return bool(client.ping())
    return False


def has_heartbeat(url: str, key: str) -> bool:
    """Whether a worker's heartbeat is in Redis and has not expired."""
    with _redis(url) as client, contextlib.suppress(redis.RedisError):
        return bool(client.exists(key))
    return False


def clear_heartbeat(url: str, key: str) -> None:
    """Delete an exited worker's heartbeat, so that it does not count for the worker's successor."""
    with _redis(url) as client, contextlib.suppress(redis.RedisError):
        client.delete(key)


def milvus_is_ready(address: str) -> bool:
    """Whether Milvus lists its collections."""
    # raw gRPC (an empty message is a complete request): importing pymilvus would keep 100 MB of
    # pandas in a process that only waits
    with grpc.insecure_channel(address) as channel:
        try:
            channel.unary_unary(_SHOW_COLLECTIONS)(b"", timeout=TIMEOUT_S)
        except grpc.RpcError:
            return False
    return True


def http_is_ready(host: str, port: int, path: str) -> bool:
    """Whether `GET path` returns 200."""
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


def _redis(url: str) -> redis.Redis:
    return connect(url, timeout_s=TIMEOUT_S)
