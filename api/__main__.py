"""`python -m api`: the front end as a process, logging as all others do."""

import sys

import uvicorn
from pydantic import ValidationError
from pydantic_settings import SettingsError

from core import logs
from core.errors import CoreError
from core.settings import Settings, faults_of
from core.store import Files, Keys

_USAGE = 2
_DRAIN_S = 5


def main() -> int:
    """Serve until a signal; gives the exit code."""
    try:
        settings = Settings()
        Keys(Files(settings.store)).check_host(settings.host)
    except (ValidationError, SettingsError) as exc:
        sys.stderr.write("".join(f"lookalike: {fault}\n" for fault in faults_of(exc)))
        return _USAGE
    except CoreError as exc:
        sys.stderr.write(f"lookalike: {exc}\n")
        return 1
    logs.install(settings.secrets)
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.ports.api,
        log_config=None,
        access_log=False,  # ours has the request's id, and no customer's name
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
