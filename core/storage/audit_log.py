"""The audit log: a line of JSON for each attempted change, in a file per day (UTC).

A line is on the disk before the response is sent. No line names a customer or contains a secret.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

from core.errors import StorageFull
from core.storage.backends import StorageBackend

_FOLDER = "audit"
_MIN_FREE_BYTES = 1024 * 1024


class Audit:
    """The audit log of a store."""

    def __init__(self, files: StorageBackend) -> None:
        self._files = files

    def check(self) -> None:
        """Check that another line can be written; call this before a change is made.

        A bucket is not checked, since that would take as long as writing the line.

        Raises:
            StorageFull: there is not enough disk space.
            Unavailable: nothing can be written, for example because the disk is read-only.
        """
        free = self._files.free_bytes()
        if free is None:
            return
        self._files.check()
        if free < _MIN_FREE_BYTES:
            raise StorageFull(
                "the disk is too full for the audit log, so changes are rejected; free some space"
            )

    def add(self, **entry: str | int) -> None:
        """Append a line with the time and these fields, except empty fields.

        Raises:
            StorageFull, Unavailable: the line could not be written.
        """
        now = datetime.now(UTC)
        fields = {name: value for name, value in entry.items() if value != ""}
        line = json.dumps({"time": now.isoformat(timespec="milliseconds"), **fields})
        self._files.append(f"{_FOLDER}/{now:%Y-%m-%d}.jsonl", f"{line}\n".encode())

    def days(self) -> list[str]:
        """Return the days (UTC) that have lines, like `2026-03-01`, earliest first."""
        return [name.removesuffix(".jsonl") for name in self._files.list_names(_FOLDER)]

    def lines(self, day: str) -> Iterator[str]:
        """Yield the lines of a day.

        Raises:
            NotFound: that day has no lines.
        """
        for line in self._files.read_lines(f"{_FOLDER}/{day}.jsonl"):
            yield line.decode(errors="replace").rstrip("\n")

    def drop_before(self, day: date) -> list[str]:
        """Delete the files of earlier days and return their names."""
        names = self._files.list_names(_FOLDER)
        dropped = [name for name in names if name < f"{day:%Y-%m-%d}"]
        for name in dropped:
            self._files.delete_tree(f"{_FOLDER}/{name}")
        return dropped
