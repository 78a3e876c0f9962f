"""`lookalike audit`: become the command that reads it, beside the store."""

from typing import Any

import typer

from lookalike.cli.server._exec import FORWARDED, become, check_installed

COMMAND: dict[str, Any] = {"name": "audit", **FORWARDED}


def audit(context: typer.Context) -> None:
    """Print who changed what, on the server's machine."""
    check_installed("what keeps the audit", ("core", "pydantic_settings"), "api")
    become("lookalike.cli.server.audit", context.args)
