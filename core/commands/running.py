"""How a command on the server's machine ends: a line for people and an exit code."""

import sys

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from core.errors import CoreError
from core.settings import faults_of

_USAGE = 2


def complain(line: str) -> None:
    """Say what went wrong."""
    sys.stderr.write(f"lookalike: {line}\n")


def run(app: typer.Typer, name: str) -> int:
    """Run a command; gives the exit code where it is not ended by one."""
    try:
        app(prog_name=f"lookalike {name}")
    except (CoreError, OSError) as exc:
        complain(str(exc))
        return 1
    except (ValidationError, SettingsError) as exc:
        for fault in faults_of(exc):
            complain(fault)
    return _USAGE
