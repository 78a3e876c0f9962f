"""`lookalike weights`: become the command that keeps the weights of networks on this machine."""

import importlib.util
import os
import sys
from typing import Any

import typer

from lookalike.errors import LocalProblem

WEIGHTS = "core.commands.weights"
_NEEDED = ("core", "pydantic_settings")

COMMAND: dict[str, Any] = {
    "name": "weights",
    "add_help_option": False,  # --help is answered by the command we become
    "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True},
}


def weights(context: typer.Context) -> None:
    """List, fetch and verify the weights of networks, on this machine."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise LocalProblem(
            f"the networks are not installed ({', '.join(missing)} not found); "
            'run: pip install "lookalike[worker]"'
        )
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", WEIGHTS, *context.args])  # noqa: S606 - that is its use
