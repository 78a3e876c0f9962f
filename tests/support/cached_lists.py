"""Reads from Redis as the API does."""

from core.cache import CacheReader
from core.cache.read_script import ReadConnection
from tests.support.event_loops import in_event_loop


def read_from(url, read):
    """Return what a coroutine function returns that reads on a connection to a Redis."""

    async def run():
        connection = ReadConnection(url)
        try:
            return await read(connection)
        finally:
            await connection.close()

    return in_event_loop(run)


def url_of(redis):
    """Return the URL of the Redis of a client."""
    address = redis.connection_pool.connection_kwargs
    return f"redis://{address['host']}:{address['port']}/0"


def read_list(redis, collection, user, regions=("",), limit=100, method="read"):
    """Return what a method of `CacheReader` returns from the Redis of a client."""
    limits = [limit] if method == "read" else []

    def read(connection):
        return getattr(CacheReader(connection), method)(collection, user, regions, *limits)

    return read_from(url_of(redis), read)
