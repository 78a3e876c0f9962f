"""`python -m workers.healthcheck`: the container health check of a worker."""

import socket
import sys

from core.cache.worker_registry import Presence
from core.connections.redis_client import connect
from core.errors import CoreError
from core.settings import Settings


def main() -> int:
    """0 if it has, else 1."""
    try:
        return 0 if Presence(connect(Settings().cache)).alive(socket.gethostname()) else 1
    except CoreError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
