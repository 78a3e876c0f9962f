"""The ASGI application: middleware, routes, Loko blocks, web UI and docs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import Depends, FastAPI, Response
from starlette.types import ASGIApp

from api import errors, openapi, swagger_ui, tracing, web_ui
from api.dependencies import open_services
from api.loko import errors as loko_errors
from api.loko.app import ROOT, create_blocks
from api.loko.client import ApiClient
from api.middleware import cors
from api.middleware.access_log import AccessLog, anonymize_path
from api.middleware.audit import AuditMiddleware
from api.middleware.auth import AuthMiddleware
from api.middleware.body_limit import BodyLimitMiddleware
from api.middleware.head import HeadMiddleware
from api.middleware.key_cache import ApiKeyCache
from api.middleware.request_context import RequestContextMiddleware
from api.middleware.signed_images import SignatureSource
from api.routes import (
    about,
    attributes,
    availability,
    baskets,
    bought_together,
    bulk,
    collections,
    dismissals,
    duplicates,
    encoders,
    health,
    image_health,
    images,
    item_uploads,
    items,
    jobs,
    keys,
    list_export,
    mailing,
    metrics,
    new_items,
    popular,
    recommendations,
    recommender,
    rules,
    sales,
    search,
    similar,
    substitutes,
    uploads,
    users,
)
from api.strict_requests import reject_undeclared
from core.cache.rate_limit import RateLimiter
from core.connections.redis_client import connect
from core.encoders.onnx.own_encoders import add_own_encoders
from core.errors import CoreError
from core.settings import Settings
from core.storage import Audit, Keys, Pseudonyms, StoreSecret, open_backend


def create_app(settings: Settings | None = None) -> FastAPI:
    """Create the app, which opens its services when it starts."""
    settings = settings or Settings()
    add_own_encoders(settings.weights)
    files = open_backend(settings.store)
    key_cache = ApiKeyCache(Keys(files))
    anonymize = partial(anonymize_path, Pseudonyms(files).pseudonym_of)
    app = FastAPI(
        title="Lookalike",
        summary="Image similarity engine and recommender for shops",
        lifespan=partial(_run_services, settings),
        dependencies=[Depends(reject_undeclared)],
        description=openapi.ABOUT,
        openapi_tags=openapi.TAGS,
        servers=[{"url": "."}],  # relative to /openapi.json, below any prefix of a gateway
        root_path_in_servers=False,
        generate_unique_id_function=openapi.operation_id,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a path with an empty last segment names something else
        telemetry=tracing.telemetry_config(anonymize),
    )
    app.add_middleware(HeadMiddleware)
    app.add_middleware(BodyLimitMiddleware, limits=settings.limits)
    app.add_middleware(
        AuthMiddleware,
        error_response=_error_response,
        keys=key_cache,
        signatures=SignatureSource(StoreSecret(files, "image-urls")),
        rate_limiter=_rate_limiter(settings),
        settings=settings,
    )
    cors.install(app, settings.cors_origins, key_cache)
    errors.install(app)
    # most requested first: a path is matched against the routes in this order
    recommendations.install(app)
    similar.install(app)
    baskets.install(app)
    bought_together.install(app)
    popular.install(app)
    new_items.install(app)
    substitutes.install(app)
    items_first = (users, list_export, search, images, item_uploads, items, bulk, attributes)
    others = (
        mailing,
        availability,
        image_health,
        duplicates,
        dismissals,
        rules,
        recommender,
        sales,
        collections,
        uploads,
        jobs,
        keys,
        encoders,
        about,
        health,
        metrics,
    )
    for module in (*items_first, *others):
        app.include_router(module.router)
    web_ui.install(app)
    app.mount(ROOT, create_blocks(settings, ApiClient.in_process(app, settings.loko.key)))
    openapi.install(app)
    swagger_ui.install(app)
    _wrap_middleware_stack(app, Audit(files), anonymize)
    return app


@asynccontextmanager
async def _run_services(settings: Settings, app: FastAPI) -> AsyncIterator[None]:
    services = app.state.services = open_services(settings)
    async with services.closing as closing:
        cleaning = asyncio.create_task(services.thumbnails.clean_hourly())
        closing.callback(cleaning.cancel)
        yield


def _error_response(path: str, error: CoreError) -> Response:
    is_block = path.startswith(f"{ROOT}/")
    return loko_errors.core_error_response(error) if is_block else errors.error_response(error)


def _rate_limiter(settings: Settings) -> RateLimiter:
    limits, redis = settings.limits, connect(settings.cache, timeout_s=0.5)
    return RateLimiter(redis, reads=limits.reads_per_minute, writes=limits.writes_per_minute)


def _wrap_middleware_stack(app: FastAPI, audit: Audit, anonymize: Callable[[str], str]) -> None:
    """Wrap even Starlette's handler for unexpected errors in the request context and the audit."""
    build = app.build_middleware_stack

    def build_wrapped() -> ASGIApp:
        inner = AuditMiddleware(
            build(), audit=audit, anonymize=anonymize, error_response=errors.error_response
        )
        return RequestContextMiddleware(inner, log=AccessLog(anonymize))

    app.build_middleware_stack = build_wrapped  # type: ignore[method-assign]
