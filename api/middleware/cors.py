"""Scripts of other servers' pages: none may ask this one but those of the origins that are set."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ASKED = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Prefer")
_TOLD = ("ETag", "Location", "Retry-After", "X-Request-ID")


def install(app: FastAPI, origins: Sequence[str]) -> None:
    """Allow the origins, if there are any; a browser is never told to send its credentials."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_ASKED,
            expose_headers=_TOLD,
            max_age=600,
        )
