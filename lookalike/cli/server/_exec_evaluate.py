"""`lookalike evaluate`: become the command that trains on a sales file, on this machine."""

from typing import Any

import typer

from lookalike.cli.server._exec import FORWARDED, become, check_installed

COMMAND: dict[str, Any] = {"name": "evaluate", **FORWARDED}


def evaluate(context: typer.Context) -> None:
    """Tell how good recommendations from a sales file would be; needs no server."""
    needed = ("core", "implicit", "pyarrow", "pydantic", "scipy", "surprise")
    check_installed("the recommender", needed)
    become("lookalike.cli.server.evaluate", context.args)
