"""What zip and tar archives have in common: files found in them, and names that are refused.

Names are only read, never used as paths: nothing in an archive can write outside of it.
"""

import io
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from core.errors import CoreError, InvalidInput, UnsupportedMedia

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
GZIP_MAGIC = b"\x1f\x8b"
TAR_MAGIC = b"ustar"
_JUNK = {".ds_store", "thumbs.db", "desktop.ini", "__macosx"}
_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".rar", ".7z", ".bz2", ".xz")


@dataclass(frozen=True)
class Found:
    """A file of an upload. With an `error`, one that cannot be taken."""

    name: str
    inside: bool
    offset: int = 0
    size: int = 0
    packed: int | None = None
    crc: int | None = None
    blob: str = "pack"
    error: CoreError | None = None


class Window(io.RawIOBase):
    """A part of a file, to be read as if it were all of it."""

    def __init__(self, file: BinaryIO, offset: int, size: int) -> None:
        super().__init__()
        self._file, self._offset, self._size, self._at = file, offset, size, 0

    def readable(self) -> bool:  # noqa: D102 - io.RawIOBase's own contract
        return True

    def seekable(self) -> bool:  # noqa: D102
        return True

    def tell(self) -> int:  # noqa: D102
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:  # noqa: D102
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("seek before the start")
        self._at = base + offset
        return self._at

    def read(self, size: int = -1) -> bytes:  # noqa: D102
        left = max(0, self._size - self._at)
        self._file.seek(self._offset + self._at)
        data = self._file.read(left if size < 0 else min(size, left))
        self._at += len(data)
        return data


def kind_of(head: bytes) -> str | None:
    """ "zip", "gzip" or "tar" by the first bytes of a file (at least 262), else None."""
    if head.startswith(ZIP_MAGIC):
        return "zip"
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    return "tar" if head[257:262] == TAR_MAGIC else None


def name_error(name: str) -> CoreError | None:
    """Why a file of this name is not taken, or None."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts[:1] and path.parts[0].endswith(":")):
        return InvalidInput("the name leads out of the archive")
    if name.lower().endswith(_ARCHIVES):
        return UnsupportedMedia("an archive inside an archive; send it on its own")
    return None


def is_junk(name: str) -> bool:
    """Whether a file is one that operating systems leave in archives."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(p.lower() in _JUNK for p in parts) or (bool(parts) and parts[-1].startswith("._"))
