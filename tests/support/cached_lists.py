"""What is offered to a user, as the front end reads it from Redis."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from core.cache import ListReader
from core.connections.redis_client import connect_async


def listed(redis, collection, user, regions=("",)):
    """What `ListReader.read` finds where that client of Redis writes to."""
    where = redis.connection_pool.connection_kwargs

    async def ask():
        reader = ListReader(connect_async(f"redis://{where['host']}:{where['port']}/0"))
        try:
            return await reader.read(collection, user, regions)
        finally:
            await reader.close()

    # tests of the browser keep a loop in the thread that they run in
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, ask()).result()
