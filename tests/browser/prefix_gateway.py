"""A reverse proxy that serves another server below a path prefix, which it strips."""

import asyncio
import threading
import time
from contextlib import contextmanager

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from tests.support.servers import free_port, listening

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_HOP_HEADERS = {"host", "connection", "transfer-encoding", "keep-alive"}


@contextmanager
def prefix_gateway(url, prefix):
    """Serve `url` below `prefix` on a free port; yields the new URL."""
    port, servers = free_port(), []
    thread = threading.Thread(target=asyncio.run, args=[_serve(url, prefix, port, servers)])
    thread.start()
    try:
        while not listening(port):
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}{prefix}"
    finally:
        servers[0].should_exit = True
        thread.join()


async def _serve(url, prefix, port, servers):
    async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
        route = Route(f"{prefix}/{{path:path}}", _forwarder(client), methods=_METHODS)
        app = Starlette(routes=[route])
        config = uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=2)
        servers.append(uvicorn.Server(config))
        await servers[0].serve()
        # uvicorn leaves connections open that were made while it was shutting down
        for connection in servers[0].server_state.connections:
            connection.transport.abort()


def _forwarder(client):
    async def forward(request: Request):
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

    return forward
