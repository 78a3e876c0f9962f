"""A gateway as shops have one: it serves another server below a prefix, which it takes away."""

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

_ALL = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_HOPS = {"host", "connection", "transfer-encoding", "keep-alive"}


@contextmanager
def gateway(url, prefix):
    """Serves `url` below `prefix` on a port of its own; gives the address."""
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
        app = Starlette(routes=[Route(f"{prefix}/{{path:path}}", _passing(client), methods=_ALL)])
        config = uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=2)
        servers.append(uvicorn.Server(config))
        await servers[0].serve()


def _passing(client):
    async def passed(request: Request):
        asked = client.build_request(
            request.method,
            f"/{request.path_params['path']}",
            params=request.query_params.multi_items(),
            headers=[(k, v) for k, v in request.headers.items() if k not in _HOPS],
            content=request.stream(),
        )
        answer = await client.send(asked, stream=True)
        headers = {k: v for k, v in answer.headers.items() if k not in _HOPS}
        return StreamingResponse(
            answer.aiter_raw(),
            answer.status_code,
            headers,
            background=BackgroundTask(answer.aclose),
        )

    return passed
