"""How a command on the server's machine ends: a line for people and an exit code."""

import contextlib
import sys
from collections.abc import Callable

from pydantic import ValidationError
from pydantic_settings import SettingsError

from core.errors import CoreError
from core.settings import faults_of

_PROBLEM, _USAGE = 1, 2


def complain(line: str) -> None:
    """Say what went wrong, if anyone still reads."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"lookalike: {line}\n")


def code_of(run: Callable[[], int]) -> int:
    """Run a command and give its exit code: 1 if it fails, 2 if the settings are wrong."""
    try:
        return run()
    except (CoreError, OSError) as exc:
        complain(str(exc))
        return _PROBLEM
    except (ValidationError, SettingsError) as exc:
        for fault in faults_of(exc):
            complain(fault)
    return _USAGE
