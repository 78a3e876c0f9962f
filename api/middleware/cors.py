"""CORS: lets pages of the configured origins call the API."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ALLOW_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Prefer")
_EXPOSE_HEADERS = ("ETag", "Location", "Retry-After", "X-Request-ID")


def install(app: FastAPI, origins: Sequence[str]) -> None:
    """Allow these origins, if any; credentials are never allowed."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_ALLOW_HEADERS,
            expose_headers=_EXPOSE_HEADERS,
            max_age=600,
        )
