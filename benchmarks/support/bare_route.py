"""The least a FastAPI route can do that reads one key of Redis: what serving is compared with.

As most write it, in a thread; and awaited, as ours is.
"""

import os
from typing import Any

from fastapi import FastAPI, Response
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

app = FastAPI()
redis = Redis.from_url(os.environ["BARE_REDIS"])
awaited = AsyncRedis.from_url(os.environ["BARE_REDIS"])


@app.get("/thread/{user}")
def read(user: str) -> Any:
    """The value of the key as it is."""
    return Response(redis.get(f"bare:{user}"), media_type="application/json")


@app.get("/awaited/{user}")
async def read_awaited(user: str) -> Any:
    """The same without a thread."""
    return Response(await awaited.get(f"bare:{user}"), media_type="application/json")
