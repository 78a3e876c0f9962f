"""Checks that the packages which a command needs are installed."""

import importlib.util
from collections.abc import Sequence

from lookalike.errors import LocalProblem


def check_installed(command: str, packages: Sequence[str], extra: str) -> None:
    """Check that packages can be imported, without importing them.

    Raises:
        LocalProblem: some are missing; the message says which extra of `lookalike` brings them.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise LocalProblem(
            f"`{command}` needs packages that are not installed here ({', '.join(missing)}); "
            f'run: pip install "lookalike[{extra}]"'
        )
