"""Answers that are files: written where they are wanted, whole or not at all, or to stdout."""

import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def save(pieces: Iterable[bytes], to: Path | None) -> None:
    """Write what comes to a file; without one, to stdout while it comes."""
    if to is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    aside = to.with_name(f".{to.name}.part")
    try:
        with aside.open("wb") as file:
            file.writelines(pieces)
        aside.replace(to)
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
