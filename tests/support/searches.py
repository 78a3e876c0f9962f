"""Searches sent through Redis as the API sends them."""

import asyncio
from contextlib import asynccontextmanager

from core.cache.search_client import POLL_S, SearchClient
from core.connections.redis_client import connect_async
from tests.support.event_loops import in_event_loop


@asynccontextmanager
async def open_client(url, timeout_s):
    responses = connect_async(url, timeout_s=POLL_S + 2, retries=0)
    client = SearchClient(connect_async(url), responses, timeout_s=timeout_s)
    try:
        yield client
    finally:
        await client.close()


def send_searches(url, *searches, timeout_s=5):
    """Send searches (request, image) at once; return the response or the error of each."""

    async def responses():
        async with open_client(url, timeout_s) as client:
            return await asyncio.gather(
                *(client.search(*search) for search in searches), return_exceptions=True
            )

    return in_event_loop(responses)
