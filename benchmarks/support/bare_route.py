"""Minimal FastAPI routes that read one key from Redis, as baselines for serving lists.

One route runs in a thread, as routes usually do; the other awaits Redis, as Lookalike's does.
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
    """Return the value of a key, in a thread."""
    return Response(redis.get(f"bare:{user}"), media_type="application/json")


@app.get("/awaited/{user}")
async def read_awaited(user: str) -> Any:
    """Return the value of a key, waiting for Redis on the event loop."""
    return Response(await async_redis.get(f"bare:{user}"), media_type="application/json")
