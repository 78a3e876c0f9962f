"""Reads recommendation lists from Redis, as the API does."""

from core.cache import CacheReader
from core.connections.redis_client import connect_async
from tests.support.event_loops import in_event_loop


def read_list(redis, collection, user, regions=("",), limit=100, method="read"):
    """Return what a method of `CacheReader` returns from the Redis of a client."""
    address = redis.connection_pool.connection_kwargs

    async def read():
        reader = CacheReader(connect_async(f"redis://{address['host']}:{address['port']}/0"))
        try:
            if method == "read":
                return await reader.read(collection, user, regions, limit)
            return await getattr(reader, method)(collection, user, regions)
        finally:
            await reader.close()

    return in_event_loop(read)
