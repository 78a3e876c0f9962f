"""Runs commands on the server's machine; errors become lines on stderr and an exit code."""

import contextlib
import sys
from collections.abc import Callable

from pydantic import ValidationError
from pydantic_settings import SettingsError

from core.errors import CoreError
from core.settings import describe_errors

_FAILURE, _USAGE = 1, 2


def print_error(line: str) -> None:
    """Print a line to stderr unless stderr is closed."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"lookalike: {line}\n")


def run_cli(run: Callable[[], int]) -> int:
    """Run a command and return its exit code: 1 if it fails, 2 if the settings are invalid."""
    try:
        return run()
    except (CoreError, OSError) as exc:
        print_error(str(exc))
        return _FAILURE
    except (ValidationError, SettingsError) as exc:
        for line in describe_errors(exc):
            print_error(line)
    return _USAGE
