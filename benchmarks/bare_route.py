"""The least a FastAPI route can do that reads one key of Redis: what serving is compared with."""

import os
from typing import Any

from fastapi import FastAPI, Response
from redis import Redis

app = FastAPI()
redis = Redis.from_url(os.environ["BARE_REDIS"])


@app.get("/{user}")
def read(user: str) -> Any:
    """The value of the key as it is."""
    return Response(redis.get(f"bare:{user}"), media_type="application/json")
