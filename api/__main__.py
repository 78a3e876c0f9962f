"""Starts the API with `python -m api`, on the host and port of the settings."""

import sys

import uvicorn

from api.header_limit import HeaderLimitProtocol
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
        "api.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.ports.api,
        http=HeaderLimitProtocol,
        log_config=None,
        access_log=False,  # ours has the request id, and pseudonyms instead of users
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
