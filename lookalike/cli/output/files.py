"""Writes downloads and HTML pages to files, each completely or not at all."""

import os
import stat
import sys
import tempfile
import webbrowser
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import typer

from lookalike.cli.errors import fail


def save(chunks: Iterable[bytes], file: Path | None) -> None:
    """Write chunks to a file once all chunks have arrived, or to stdout as they arrive.

    Other users cannot read a new file, because it may name customers; an existing file keeps its
    permissions.
    """
    if file is None:
        _write_each(chunks, sys.stdout.buffer)
    elif file.exists() and not file.is_file():  # such as /dev/null, which must not be replaced
        with file.open("wb") as device:
            _write_each(chunks, device)
    else:
        _replace(file, chunks)


def _write_each(chunks: Iterable[bytes], out: BinaryIO) -> None:
    for chunk in chunks:
        out.write(chunk)
    out.flush()


def _replace(file: Path, chunks: Iterable[bytes]) -> None:
    descriptor, name = tempfile.mkstemp(".part", f".{file.name}.", file.parent)
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.writelines(chunks)
        if file.exists():
            partial.chmod(stat.S_IMODE(file.stat().st_mode))
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
