"""The ASGI app of the front end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response
from starlette.types import ASGIApp

from api import errors, openapi, swagger_ui, tracing, web_ui
from api.dependencies import open_services
from api.loko import errors as loko_errors
from api.loko.app import ROOT, blocks
from api.loko.client import Server
from api.middleware import cors
from api.middleware.access_log import AccessLog, Nameless
from api.middleware.audit import Audited
from api.middleware.auth import Door
from api.middleware.body_limit import BodyLimit
from api.middleware.head import Head
from api.middleware.request_context import Entrance
from api.middleware.request_metrics import Measured
from api.routes import (
    about,
    collections,
    encoders,
    health,
    images,
    items,
    jobs,
    metrics,
    recommender,
    sales,
    search,
    users,
)
from core.cache.rate_limit import Rates
from core.connections.redis_client import connect
from core.errors import CoreError
from core.settings import Settings
from core.storage import Audit, Files, Keys, Pseudonyms


def create_app(settings: Settings | None = None) -> FastAPI:
    """The app; its rooms are opened when it starts."""
    settings = settings or Settings()
    files = Files(settings.store)
    nameless = Nameless(Pseudonyms(files).of)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.services = open_services(settings)
        yield
        await app.state.services.list_reader.close()

    app = FastAPI(
        title="Lookalike",
        summary="Image similarity engine and recommender for shops",
        lifespan=lifespan,
        description=openapi.ABOUT,
        servers=[{"url": "."}],  # beside /openapi.json, below whatever prefix that has
        root_path_in_servers=False,
        generate_unique_id_function=openapi.name_of,
        docs_url=None,
        redoc_url=None,
        telemetry=tracing.telemetry(nameless),
    )
    app.add_middleware(Head)
    app.add_middleware(BodyLimit, limits=settings.limits)
    app.add_middleware(
        Door,
        refuse=_refusal,
        keys=Keys(files),
        rates=_rates(settings),
        origins=settings.origins,
        flows_key=settings.loko.key,
    )
    app.add_middleware(Measured)
    cors.install(app, settings.origins)
    errors.install(app)
    web_ui.install(app)
    # in the order of how often they are asked: a path is compared with one after the other
    users.install(app)
    shop = (users, search, images, items, recommender, sales, collections)
    for room in (*shop, jobs, encoders, about, health, metrics):
        app.include_router(room.router)
    app.mount(ROOT, blocks(settings, Server.within(app, settings.loko.key)))
    openapi.install(app)
    swagger_ui.install(app)
    _enclose(app, Audit(files), nameless)
    return app


def _refusal(path: str, error: CoreError) -> Response:
    is_block = path.startswith(f"{ROOT}/")
    return loko_errors.refusal(error) if is_block else errors.refusal(error)


def _rates(settings: Settings) -> Rates:
    limits, redis = settings.limits, connect(settings.cache, timeout_s=0.5)
    return Rates(redis, reads=limits.requests_per_minute, writes=limits.writes_per_minute)


def _enclose(app: FastAPI, audit: Audit, nameless: Nameless) -> None:
    """Put entrance and audit around all, also around what answers when a middleware has a bug."""
    build = app.build_middleware_stack

    def enclosed() -> ASGIApp:
        inner = Audited(build(), audit=audit, nameless=nameless, refuse=errors.refusal)
        return Entrance(inner, log=AccessLog(nameless))

    app.build_middleware_stack = enclosed  # type: ignore[method-assign]
