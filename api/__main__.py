"""Starts the API with `python -m api`, on the host and port of the settings."""

import gc
import logging
import sys
import threading
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from redis import RedisError

from api.whole_responses import WholeResponseProtocol
from core.command_line import run_cli
from core.connections.ports import check_port
from core.connections.redis_client import connect
from core.connections.redis_durability import find_durability_risks
from core.connections.urls import is_same_redis
from core.observability import logs
from core.settings import Settings
from core.storage import Keys, open_backend

log = logging.getLogger(__name__)

SHUTDOWN_TIMEOUT_S = 5
KEEP_ALIVE_S = 75
"""Longer than most clients keep connections, so that fewer requests meet a closing connection."""
_SHARED_REDIS = (
    "LOOKALIKE_REDIS_URL and LOOKALIKE_CACHE_URL name the same server, so the cache waits for the "
    "disk, and jobs stop if it fills the memory; use two servers"
)


def main() -> int:
    """Serve until a signal arrives; return the exit code."""
    return run_cli(lambda: _serve(Settings()))


def _serve(settings: Settings) -> int:
    Keys(open_backend(settings.store)).check_host(settings.host)
    check_port(settings.host, settings.ports.api, "LOOKALIKE_PORTS__API")
    logs.install(settings.secrets)
    if is_same_redis(settings.redis, settings.cache):
        log.warning(_SHARED_REDIS)
    threading.Thread(target=warn_of_risks, args=(settings.redis,), daemon=True).start()
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
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    return 0


def warn_of_risks(url: str) -> None:
    """Warn if the Redis server for jobs may lose them; nothing is known if it does not respond."""
    with suppress(RedisError), connect(url) as redis:
        for risk in find_durability_risks(redis):
            log.warning("%s", risk)


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
