"""Writes downloads to stdout or to a file; a file is written completely or not at all."""

import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def save(chunks: Iterable[bytes], file: Path | None) -> None:
    """Write chunks to a file when all have arrived; without a file, to stdout as they arrive."""
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
