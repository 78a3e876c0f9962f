"""Reads recommendation lists from Redis, as the API does."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from core.cache import CacheReader
from core.connections.redis_client import connect_async


def read_list(redis, collection, user, regions=("",)):
    """Return what `CacheReader.read` returns from the Redis of a client."""
    address = redis.connection_pool.connection_kwargs

    async def read():
        reader = CacheReader(connect_async(f"redis://{address['host']}:{address['port']}/0"))
        try:
            return await reader.read(collection, user, regions)
        finally:
            await reader.close()

    # a thread, because browser tests have an event loop running in theirs
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, read()).result()
