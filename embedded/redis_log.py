"""Removes the zeros that a power cut can leave at the end of the append-only files of Redis.

Some file systems extend a file before they write its data, so after a power cut the file may end in
zeros. Redis accepts a command that is cut short, but refuses to start if there are zeros.
"""

import os
from collections.abc import Iterator
from pathlib import Path

_BLOCK = 64 * 1024


def repair(folder: Path) -> Iterator[str]:
    """Remove the zeros at the end of append-only files; yield a message for each changed file.

    No record ends with a zero. Redis must not be running.
    """
    for path in [folder / "appendonly.aof", *folder.glob("appendonlydir/*.aof")]:
        if path.exists() and (removed := _trim_zeros(path)):
            yield f"removed {removed:,} zero bytes, left by a power cut, from the end of {path}"


def _trim_zeros(path: Path) -> int:
    """Remove the zeros at the end of a file; return their number."""
    with path.open("r+b") as file:
        size = end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _BLOCK)
            file.seek(start)
            if rest := file.read(end - start).rstrip(b"\0"):
                end = start + len(rest)
                break
            end = start
        if end < size:
            file.truncate(end)
            os.fsync(file.fileno())
    return size - end
