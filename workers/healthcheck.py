"""`python -m workers.healthcheck`: the container health check of a worker."""

import socket
import sys

from core.cache.worker_registry import WorkerRegistry
from core.connections.redis_client import connect
from core.errors import CoreError
from core.settings import Settings


def main() -> int:
    """Return 0 if this host has a live worker, else 1."""
    try:
        registry = WorkerRegistry(connect(Settings().cache))
        return 0 if registry.is_alive(socket.gethostname()) else 1
    except CoreError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
