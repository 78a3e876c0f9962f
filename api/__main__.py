"""Starts the API with `python -m api`, on the host and port of the settings."""

import gc
import sys

import uvicorn
from fastapi import FastAPI

from api.whole_responses import WholeResponseProtocol
from core.command_line import run_cli
from core.observability import logs
from core.settings import Settings
from core.storage import Keys, open_backend

SHUTDOWN_TIMEOUT_S = 5


def main() -> int:
    """Serve until a signal arrives; return the exit code."""
    return run_cli(lambda: _serve(Settings()))


def _serve(settings: Settings) -> int:
    Keys(open_backend(settings.store)).check_host(settings.host)
    logs.install(settings.secrets)
    uvicorn.run(
        "api.__main__:create_frozen_app",
        factory=True,
        host=settings.host,
        port=settings.ports.api,
        http=WholeResponseProtocol,
        log_config=None,
        access_log=False,  # ours has the request id, and pseudonyms instead of users
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )
    return 0


def create_frozen_app() -> FastAPI:
    """Create the app; later garbage collections skip all objects that exist by now.

    To scan the loaded modules again and again would take a fifth of the time of a request.
    """
    from api.app import create_app

    app = create_app()
    gc.collect()
    gc.freeze()
    return app


if __name__ == "__main__":
    sys.exit(main())
