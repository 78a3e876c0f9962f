"""`lookalike weights`: become the command that keeps the weights of networks on this machine."""

from typing import Any

import typer

from lookalike.cli.becoming import FORWARDED, become

COMMAND: dict[str, Any] = {"name": "weights", **FORWARDED}


def weights(context: typer.Context) -> None:
    """List, fetch and verify the weights of networks, on this machine."""
    become(
        "core.commands.weights",
        context.args,
        what="what runs networks",
        needed=("core", "pydantic_settings"),
    )
