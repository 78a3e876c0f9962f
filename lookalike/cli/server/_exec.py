"""Commands that do their work on this machine: `lookalike` becomes another process for them."""

import importlib.util
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from lookalike.errors import LocalProblem

FORWARDED: dict[str, Any] = {
    "add_help_option": False,  # --help is answered by the command we become
    "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True},
}


def become(module: str, arguments: Sequence[str]) -> NoReturn:
    """Be replaced by a command of the server's side."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - that is its use


def check_installed(what: str, needed: Sequence[str], extras: str = "worker") -> None:
    """Make sure that a command of the server's side can be started from here.

    Raises:
        LocalProblem: some of what it needs is not installed.
    """
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise LocalProblem(
            f"{what} is not installed ({', '.join(missing)} not found); "
            f'run: pip install "lookalike[{extras}]"'
        )
