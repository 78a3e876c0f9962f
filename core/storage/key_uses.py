"""When each API key was last used, to the hour."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from core.storage.backends import StorageBackend

PRECISION = timedelta(hours=1)
"""Uses are not written more often than this."""


class KeyUses:
    """The last uses of a store's keys, each in a file next to the key's own."""

    def __init__(self, files: StorageBackend) -> None:
        self._files = files

    def note(self, id: str, at: datetime) -> None:
        """Write down that a key was used."""
        self._files.write(_path(id), at.isoformat(timespec="seconds").encode())

    def last(self, ids: Sequence[str]) -> dict[str, datetime]:
        """Return the last uses of those of these keys that have been used."""
        texts = zip(ids, self._files.find_all([_path(id) for id in ids]), strict=True)
        return {id: at for id, text in texts if text is not None and (at := _parse(text))}

    def forget(self, id: str) -> None:
        """Delete the last use of a key."""
        self._files.delete(_path(id))


def _parse(text: bytes) -> datetime | None:
    """Return the time; None if the file is damaged."""
    try:
        return datetime.fromisoformat(text.decode()).astimezone(UTC)
    except ValueError:
        return None


def _path(id: str) -> str:
    return f"keys/{id}.used"
