"""Does it answer? A question per kind of process, with a timeout, answered yes or no."""

import contextlib
import http.client

import grpc
import redis

from core.connections.redis_client import connect

ANSWER_S = 2.0
_SHOW_COLLECTIONS = "/milvus.proto.milvus.MilvusService/ShowCollections"


def redis_answers(url: str) -> bool:
    """Whether PING is answered; not while it still loads its data."""
    with _redis(url) as client, contextlib.suppress(redis.RedisError):
        return bool(client.ping())
    return False


def alive(url: str, key: str) -> bool:
    """Whether a worker has lately written its sign of life."""
    with _redis(url) as client, contextlib.suppress(redis.RedisError):
        return bool(client.exists(key))
    return False


def forget(url: str, key: str) -> None:
    """Take away the sign of life of a worker that has gone, before another is awaited."""
    with _redis(url) as client, contextlib.suppress(redis.RedisError):
        client.delete(key)


def milvus_answers(port: int) -> bool:
    """Whether the collections can be listed."""
    # asked in raw gRPC (an empty message is a whole request): importing pymilvus would
    # keep 100 MB of pandas in a process that only waits
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            channel.unary_unary(_SHOW_COLLECTIONS)(b"", timeout=ANSWER_S)
        except grpc.RpcError:
            return False
    return True


def page_answers(host: str, port: int, path: str) -> bool:
    """Whether `GET path` gives 200."""
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_S)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


def _redis(url: str) -> redis.Redis:
    return connect(url, timeout_s=ANSWER_S)
