"""The blocks' app: a part of the server's, or one of its own that talks to a server elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.loko import errors
from api.loko.blocks import collections, form_choices, images_search, job_status, recommender
from api.loko.client import Server
from api.loko.gateway import Gateway
from api.middleware.body_limit import BodyLimit
from core.settings import Settings

ROOT = "/loko"


def blocks(settings: Settings, server: Server) -> FastAPI:
    """All that blocks ask, to be mounted at ROOT."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)  # a gateway's prefix would be lost
    app.state.settings, app.state.server = settings, server
    app.state.gateway = Gateway(settings.loko.gateway)
    errors.install(app)
    for room in (collections, images_search, recommender, job_status, form_choices):
        app.include_router(room.router)
    return app


def create_adapter(settings: Settings | None = None) -> FastAPI:
    """The blocks alone, for a container of Loko's: it needs no store, no Redis and no Milvus."""
    settings = settings or Settings()
    inner = blocks(settings, Server.at(settings.loko.url, settings.loko.key))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await inner.state.server.close()
        await inner.state.gateway.close()

    app = FastAPI(openapi_url=None, redirect_slashes=False, lifespan=lifespan)
    app.add_middleware(BodyLimit, limits=settings.limits)
    errors.install(app)
    app.mount(ROOT, inner)
    app.add_api_route("/health/live", _live)
    return app


def _live() -> dict[str, str]:
    return {"state": "live"}
