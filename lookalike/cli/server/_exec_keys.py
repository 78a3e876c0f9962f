"""`lookalike keys`: become the command that changes them, beside the store."""

from typing import Any

import typer

from lookalike.cli.server._exec import FORWARDED, become, check_installed

COMMAND: dict[str, Any] = {"name": "keys", **FORWARDED}


def keys(context: typer.Context) -> None:
    """Create, list and revoke API keys, on the server's machine."""
    check_installed("what keeps the keys", ("core", "fsspec", "pydantic_settings"), "api")
    become("lookalike.cli.server.keys", context.args)
