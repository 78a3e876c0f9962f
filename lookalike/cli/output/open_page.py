"""Writes an HTML page to a file and opens it in the browser."""

import tempfile
import webbrowser
from pathlib import Path

import typer

from lookalike.cli.errors import fail
from lookalike.cli.output.save_file import save


def write_page(page: str, file: Path | None, *, open: bool) -> None:
    """Write a page to a file, by default a temporary one; open it if requested."""
    path = file or _temporary_file()
    save([page.encode()], path)
    typer.echo(f"wrote {path}", err=True)
    if open and not webbrowser.open(path.absolute().as_uri()):
        fail(f"no browser found; open {path} yourself")


def _temporary_file() -> Path:
    with tempfile.NamedTemporaryFile(prefix="lookalike-", suffix=".html", delete=False) as file:
        return Path(file.name)
