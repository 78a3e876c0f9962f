"""The app of the Loko blocks, mounted in the API or running on its own in a Loko container."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.loko import errors
from api.loko.blocks import (
    collections,
    form_choices,
    images_search,
    items,
    job_status,
    recommender,
)
from api.loko.client import ApiClient
from api.loko.gateway import Gateway
from api.middleware.body_limit import BodyLimitMiddleware
from core.settings import Settings

ROOT = "/loko"


def create_blocks(settings: Settings, client: ApiClient) -> FastAPI:
    """Create the app with the routes of all blocks, to mount at ROOT."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)  # a redirect would lose the prefix
    app.state.settings, app.state.client = settings, client
    app.state.gateway = Gateway(settings.loko.gateway)
    errors.install(app)
    for block in (collections, items, images_search, recommender, job_status, form_choices):
        app.include_router(block.router)
    return app


def create_adapter(settings: Settings | None = None) -> FastAPI:
    """Create the app for a Loko container, which has no store, Redis or Milvus."""
    settings = settings or Settings()
    blocks = create_blocks(settings, ApiClient.remote(settings.loko.url, settings.loko.key))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await blocks.state.client.close()
        await blocks.state.gateway.close()

    app = FastAPI(openapi_url=None, redirect_slashes=False, lifespan=lifespan)
    app.add_middleware(BodyLimitMiddleware, limits=settings.limits)
    errors.install(app)
    app.mount(ROOT, blocks)
    app.add_api_route("/health/live", lambda: {"state": "live"})
    return app
