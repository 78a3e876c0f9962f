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


def become(module: str, arguments: Sequence[str], *, what: str, needed: Sequence[str]) -> NoReturn:
    """Be replaced by a command of the server's side.

    Raises:
        LocalProblem: what it needs is not installed.
    """
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise LocalProblem(
            f"{what} is not installed ({', '.join(missing)} not found); "
            'run: pip install "lookalike[worker]"'
        )
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - that is its use
