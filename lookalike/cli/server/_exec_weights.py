"""`lookalike weights`: become the command that keeps the weights of networks on this machine."""

from typing import Any

import typer

from lookalike.cli.server._exec import FORWARDED, become, check_installed

COMMAND: dict[str, Any] = {"name": "weights", **FORWARDED}


def weights(context: typer.Context) -> None:
    """List, fetch and verify the weights of networks, on this machine."""
    check_installed("what runs networks", ("core", "pydantic_settings"))
    become("lookalike.cli.server.weights", context.args)
