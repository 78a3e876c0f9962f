"""`python -m api`: the front end, where the settings say; the one way it is started."""

import sys

import uvicorn

from core.entrypoint import code_of
from core.observability import logs
from core.settings import Settings
from core.storage import Files, Keys

STOP_S = 5


def main() -> int:
    """Serve until a signal; gives the exit code."""
    return code_of(lambda: _serve(Settings()))


def _serve(settings: Settings) -> int:
    Keys(Files(settings.store)).check_host(settings.host)
    logs.install(settings.secrets)
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.ports.api,
        log_config=None,
        access_log=False,  # ours has the request's id, and no customer's name
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
