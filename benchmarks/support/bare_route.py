"""A minimal FastAPI route that reads one key from Redis: the baseline for serving.

Once as usually written, running in a thread; and once awaited, as ours is.
"""

import os
from typing import Any

from fastapi import FastAPI, Response
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

app = FastAPI()
redis = Redis.from_url(os.environ["BARE_REDIS"])
async_redis = AsyncRedis.from_url(os.environ["BARE_REDIS"])


@app.get("/thread/{user}")
def read(user: str) -> Any:
    """Return the value of the key."""
    return Response(redis.get(f"bare:{user}"), media_type="application/json")


@app.get("/awaited/{user}")
async def read_awaited(user: str) -> Any:
    """Return it without a thread."""
    return Response(await async_redis.get(f"bare:{user}"), media_type="application/json")
