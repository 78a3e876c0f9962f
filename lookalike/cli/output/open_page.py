"""HTML that is written to a file, or shown in the browser."""

import tempfile
import webbrowser
from pathlib import Path

import typer

from lookalike.cli.errors import fail
from lookalike.cli.output.save_file import save


def deliver(page: str, to: Path | None, *, open: bool) -> None:
    """Write a page to a file, or to a temporary one, and open it if that is wanted."""
    path = to or _temporary()
    save([page.encode()], path)
    typer.echo(f"wrote {path}", err=True)
    if open and not webbrowser.open(path.absolute().as_uri()):
        fail(f"no browser was found; open {path} yourself")


def _temporary() -> Path:
    with tempfile.NamedTemporaryFile(prefix="lookalike-", suffix=".html", delete=False) as file:
        return Path(file.name)
