"""Checks that a server can listen on its port, since servers do not name the setting themselves."""

import errno
import socket
from collections.abc import Callable

from core.errors import Conflict, Unavailable


def check_port(
    host: str, port: int, setting: str, user_of: Callable[[int], str | None] = lambda _: None
) -> None:
    """Check that this process can listen on a port.

    Args:
        setting: changes the port.
        user_of: returns the process that uses a port, if it is known.

    Raises:
        Conflict: another process uses the port.
        Unavailable: this user is not allowed to listen on it.
    """
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
            probe.bind((host, port))
    except PermissionError as exc:
        raise Unavailable(
            f"this user is not allowed to listen on port {port} of {host}; "
            f"choose a port above 1023 with {setting}"
        ) from exc
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:  # servers explain all others
            user = user_of(port)
            raise Conflict(
                f"port {port} of {host} is in use{f' by {user}' if user else ''}; "
                f"stop the process that uses it, or choose another port with {setting}"
            ) from exc
