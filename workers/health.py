"""`python -m workers.health`: whether the worker of this host has lately given a sign of life."""

import socket
import sys

from core.errors import CoreError
from core.presence import Presence
from core.redis_door import connect
from core.settings import Settings


def main() -> int:
    """0 if it has, else 1."""
    try:
        return 0 if Presence(connect(Settings().cache)).alive(socket.gethostname()) else 1
    except CoreError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
