"""`lookalike about|encoders|doctor`: the server's version, limits, encoders and health."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import typer

from lookalike.cli.errors import Exit
from lookalike.cli.options import URL, Json, Key, Server, Url, with_server
from lookalike.cli.output.columns import ENCODERS
from lookalike.cli.output.tables import Column, show, show_row

_ABOUT: tuple[Column, ...] = (
    ("version", lambda about: about.version),
    ("role", lambda about: about.role),
    ("default encoder", lambda about: about.default_encoder),
    ("Flower", lambda about: about.flower_url or "not started"),
    ("limits", lambda about: ", ".join(f"{name} {limit}" for name, limit in about.limits.items())),
)
_CHECKS: tuple[Column, ...] = (
    ("", lambda check: "ok" if check.ok else "!!"),
    ("check", lambda check: check.name),
    ("result", lambda check: check.result),
    ("fix", lambda check: check.fix),
)


@with_server
def about(server: Server, as_json: Json = False) -> None:
    """Show the server's version and limits, and your role.

    Example: lookalike about --key KEY
    """
    show_row(server.about(), _ABOUT, as_json=as_json)


@with_server
def encoders(server: Server, as_json: Json = False) -> None:
    """List the encoders that a collection can use.

    Example: lookalike encoders --json
    """
    show(server.encoders(), ENCODERS, as_json=as_json)


def doctor(url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Check the installation and suggest fixes.

    The checks cover versions, the server, the weights of encoders and the free disk space. The
    exit code is 1 if a check fails.

    Example: lookalike doctor --json
    """
    from lookalike.client import Lookalike
    from lookalike.doctor import run_checks

    with Lookalike(url, key, retries=0) as server:
        checks = list(run_checks(server, _data_folder(url)))
    show(checks, _CHECKS, as_json=as_json)
    if not all(check.ok for check in checks):
        raise typer.Exit(Exit.PROBLEM)


def _data_folder(url: str) -> Path | None:
    """Return the data folder or its nearest existing parent; None if the server is remote."""
    from lookalike.transport import is_loopback

    if not is_loopback(urlsplit(url).hostname or ""):
        return None
    folder = Path(os.environ.get("LOOKALIKE_DATA", "data")).absolute()
    return next(path for path in (folder, *folder.parents) if path.exists())
