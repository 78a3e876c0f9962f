"""A reverse proxy that serves another server below a path prefix, which it strips."""

from contextlib import asynccontextmanager, contextmanager

import httpx2
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from tests.support.app_server import app_server

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_HOP_HEADERS = {"host", "connection", "transfer-encoding", "keep-alive"}


@contextmanager
def prefix_gateway(url, prefix):
    """Serve `url` below `prefix` on a free port; yields the new URL."""

    @asynccontextmanager
    async def lifespan(app):
        async with httpx2.AsyncClient(base_url=url, timeout=60) as app.state.client:
            yield

    route = Route(f"{prefix}/{{path:path}}", _forward, methods=_METHODS)
    with app_server(Starlette(routes=[route], lifespan=lifespan)) as server:
        yield f"{server}{prefix}"


async def _forward(request: Request):
    client = request.app.state.client
    forwarded = client.build_request(
        request.method,
        f"/{request.path_params['path']}",
        params=request.query_params.multi_items(),
        headers=[(k, v) for k, v in request.headers.items() if k not in _HOP_HEADERS],
        content=request.stream(),
    )
    response = await client.send(forwarded, stream=True)
    headers = {k: v for k, v in response.headers.items() if k not in _HOP_HEADERS}
    return StreamingResponse(
        response.aiter_raw(),
        response.status_code,
        headers,
        background=BackgroundTask(response.aclose),
    )
