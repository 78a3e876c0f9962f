"""`lookalike doctor`: checks the installation and suggests fixes."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import typer

from lookalike.cli.errors import Exit
from lookalike.cli.options import URL, Json, Key, Url
from lookalike.cli.output.tables import Column, print_json, print_table

_COLUMNS: tuple[Column, ...] = (
    ("", lambda check: "ok" if check.ok else "!!"),
    ("check", lambda check: check.name),
    ("result", lambda check: check.result),
    ("fix", lambda check: check.fix),
)


def doctor(url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Check the installation and suggest fixes.

    Looks at versions, the server, the weights of encoders and the free disk space. The exit code
    is 1 if a check fails.

    Example: lookalike doctor --json
    """
    from lookalike.client import Lookalike
    from lookalike.doctor import run_checks

    with Lookalike(url, key, retries=0) as server:
        checks = list(run_checks(server, _data_folder(url)))
    if as_json:
        print_json(checks)
    else:
        print_table(checks, _COLUMNS)
    if not all(check.ok for check in checks):
        raise typer.Exit(Exit.PROBLEM)


def _data_folder(url: str) -> Path | None:
    """Return the data folder of a server on this machine, None if the server is elsewhere.

    If the folder does not exist yet, the nearest existing parent: it is on the same disk.
    """
    from lookalike.transport import is_loopback

    if not is_loopback(urlsplit(url).hostname or ""):
        return None
    folder = Path(os.environ.get("LOOKALIKE_DATA", "data")).absolute()
    return next(path for path in (folder, *folder.parents) if path.exists())
