"""Writes downloads and HTML pages to files, each completely or not at all."""

import sys
import tempfile
import webbrowser
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import typer

from lookalike.cli.errors import fail


def save(chunks: Iterable[bytes], file: Path | None) -> None:
    """Write chunks to a file once all chunks have arrived, or to stdout as they arrive."""
    if file is None:
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        return
    partial = file.with_name(f".{file.name}.part")
    try:
        with partial.open("wb") as out:
            out.writelines(chunks)
        partial.replace(file)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def write_page(page: str, file: Path | None, *, open: bool) -> None:
    """Write a page to a file, by default a temporary file; open the page if requested."""
    path = file or _temporary_file()
    save([page.encode()], path)
    typer.echo(f"wrote {path}", err=True)
    if open and not webbrowser.open(path.absolute().as_uri()):
        fail(f"no browser was found; open {path} yourself")


def _temporary_file() -> Path:
    with tempfile.NamedTemporaryFile(prefix="lookalike-", suffix=".html", delete=False) as file:
        return Path(file.name)
