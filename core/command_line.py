"""Runs commands on the server's machine; errors become lines on stderr and an exit code."""

import contextlib
import sys
from collections.abc import Callable

from pydantic import ValidationError
from pydantic_settings import SettingsError

from core.errors import CoreError
from core.settings import Settings, describe_errors

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


def exit_if_settings_are_invalid() -> None:
    """Print what is wrong with the settings and exit, for modules that read them when imported."""
    if code := run_cli(_read_settings):
        sys.exit(code)


def _read_settings() -> int:
    Settings()
    return 0
