"""`lookalike doctor`: what is there, what is wrong, and how to mend it."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import typer

from lookalike.cli.errors import Exit
from lookalike.cli.options import URL, Json, Key, Url
from lookalike.cli.output.tables import Column, print_json, print_table

_COLUMNS: tuple[Column, ...] = (
    ("", lambda one: "ok" if one.well else "!!"),
    ("what", lambda one: one.what),
    ("found", lambda one: one.found),
    ("to mend it", lambda one: one.mend),
)


def doctor(url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Look at versions, the server and its parts, weights and disk; say how to mend what is wrong.

    Ends with code 1 if something is wrong.

    Example: lookalike doctor --json
    """
    from lookalike.client import Lookalike
    from lookalike.doctor import examine

    with Lookalike(url, key, retries=0) as server:
        findings = list(examine(server, _data(url)))
    if as_json:
        print_json(findings)
    else:
        print_table(findings, _COLUMNS)
    if not all(one.well for one in findings):
        raise typer.Exit(Exit.PROBLEM)


def _data(url: str) -> Path | None:
    """Return the folder of the stack on this machine, None where the server is elsewhere."""
    from lookalike.transport import is_loopback

    if not is_loopback(urlsplit(url).hostname or ""):
        return None
    folder = Path(os.environ.get("LOOKALIKE_DATA", "data")).absolute()
    return next(one for one in (folder, *folder.parents) if one.exists())
