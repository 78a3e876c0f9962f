"""Who changed what: a line of JSON for each attempt to change something, in a file for each day.

A line is on the disk before its answer goes out. Nothing in it names a customer or a key's secret.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

from core.errors import StorageFull
from core.storage.files import Files

_FOLDER = "audit"
_LEAST_BYTES = 1024 * 1024


class Audit:
    """The audit of a store."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def check(self) -> None:
        """See that there is room for lines, before anything is done that needs one.

        Raises:
            StorageFull: there is none.
        """
        free = self._files.free_bytes()
        if free is not None and free < _LEAST_BYTES:
            raise StorageFull(
                "nothing is changed while the audit cannot be written: free some space"
            )

    def add(self, **told: str | int) -> None:
        """Write a line of what is told; what is empty is left out.

        Raises:
            StorageFull, Unavailable: it could not be written.
        """
        now = datetime.now(UTC)
        kept = {name: value for name, value in told.items() if value != ""}
        line = json.dumps({"time": now.isoformat(timespec="milliseconds"), **kept})
        self._files.append(f"{_FOLDER}/{now:%Y-%m-%d}.jsonl", f"{line}\n".encode())

    def days(self) -> list[str]:
        """The days (UTC) that lines were written on, as `2026-03-01`, the earliest first."""
        return [name.removesuffix(".jsonl") for name in self._files.names(_FOLDER)]

    def lines(self, day: str) -> Iterator[str]:
        """The lines of a day, as they were written.

        Raises:
            NotFound: that day has none.
        """
        for line in self._files.lines(f"{_FOLDER}/{day}.jsonl"):
            yield line.decode(errors="replace").rstrip("\n")

    def drop_before(self, day: date) -> list[str]:
        """Remove the files of earlier days; return their names."""
        names = self._files.names(_FOLDER)
        dropped = [name for name in names if name < f"{day:%Y-%m-%d}"]
        for name in dropped:
            self._files.delete_tree(f"{_FOLDER}/{name}")
        return dropped
