"""`python -m workers.dashboard`: run Flower with its own options, entirely behind its password.

Flower 2.2 serves `/metrics`, which names all tasks and workers, without the password.
"""

import sys

from flower.views.monitor import Metrics  # type: ignore[import-untyped]
from tornado.web import authenticated

from core.command_line import exit_if_settings_are_invalid


def main() -> None:
    """Run Flower until a signal stops it."""
    exit_if_settings_are_invalid()
    from workers.app import app

    Metrics.get = authenticated(Metrics.get)
    app.conf.include = ()  # Flower runs no task, and the modules of tasks would take 60 MB
    app.start(["flower", *sys.argv[1:]])


if __name__ == "__main__":
    main()
