"""The container health check of the API: `python -m api.healthcheck`."""

import http.client
import sys
from contextlib import closing

from core.settings import Settings

TIMEOUT_S = 4


def main() -> int:
    """Return 0 if the API is live, else 1."""
    connection = http.client.HTTPConnection("127.0.0.1", Settings().ports.api, timeout=TIMEOUT_S)
    with closing(connection):
        try:
            connection.request("GET", "/health/live")
            return 0 if connection.getresponse().status == http.HTTPStatus.OK else 1
        except (OSError, http.client.HTTPException):
            return 1


if __name__ == "__main__":
    sys.exit(main())
