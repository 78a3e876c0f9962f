"""`python -m workers.dashboard`: run Flower with its own options, entirely behind its password.

Without a password, Flower would show all its pages to everybody. Flower 2.2 serves `/metrics`,
which names all tasks and workers, without the password.
"""

import os
import re
import sys
from collections.abc import Sequence

from core.command_line import exit_if_settings_are_invalid, print_error

_REFUSAL = (
    "Flower does not start without a password; set FLOWER_BASIC_AUTH=user:password in its "
    "environment"
)
_OPTION = re.compile(r"--?basic[-_]auth=(.*)")
_USER_AND_PASSWORD = re.compile(r"[^:]+:.+")


def main() -> None:
    """Run Flower until a signal stops it."""
    exit_if_settings_are_invalid()
    if not _has_password(sys.argv[1:]):
        print_error(_REFUSAL)
        sys.exit(2)
    os.environ.setdefault("FLOWER_ADDRESS", "127.0.0.1")  # Flower's default is all addresses

    from flower.views.monitor import Metrics  # type: ignore[import-untyped]
    from tornado.web import authenticated

    from workers.app import app

    Metrics.get = authenticated(Metrics.get)
    app.conf.include = ()  # Flower runs no task, and the modules of tasks would take 60 MB
    app.start(["flower", *sys.argv[1:]])


def _has_password(arguments: Sequence[str]) -> bool:
    """Return whether the last option, or else the environment, sets only users with passwords."""
    options = [match[1] for match in map(_OPTION.fullmatch, arguments) if match]
    users = (options or [os.environ.get("FLOWER_BASIC_AUTH", "")])[-1].split(",")
    return all(map(_USER_AND_PASSWORD.fullmatch, users))


if __name__ == "__main__":
    main()
