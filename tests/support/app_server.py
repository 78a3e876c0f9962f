"""Serves an ASGI application from a thread of the process that runs the tests."""

import asyncio
import threading
import time
from contextlib import contextmanager

import uvicorn

from tests.support.servers import free_port, listening

START_S = 180


@contextmanager
def app_server(app):
    """Serve an application for the length of a `with`; yields its URL. Leaves no sockets open."""
    port = free_port()
    config = uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(_serve(server)))
    thread.start()
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


async def _serve(server):
    await server.serve()
    # uvicorn leaves connections open that were made while it was shutting down
    for connection in server.server_state.connections:
        connection.transport.abort()


def _wait_for(port):
    deadline = time.monotonic() + START_S
    while not listening(port):
        assert time.monotonic() < deadline, "the application does not listen"
        time.sleep(0.02)
