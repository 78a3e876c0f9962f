"""What zip and tar archives have in common: their members, and the names that are rejected.

Names are only read, never used as paths: nothing in an archive can write outside of it.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

from core.errors import CoreError, InvalidInput, UnsupportedMediaType

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
GZIP_MAGIC = b"\x1f\x8b"
_TAR_MAGIC = b"ustar"
_JUNK = {".ds_store", "thumbs.db", "desktop.ini", "__macosx"}
_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".rar", ".7z", ".bz2", ".xz")


@dataclass(frozen=True)
class ArchiveMember:
    """A file of an upload, by itself or in an archive; with an `error` if it is rejected."""

    name: str
    inside: bool
    offset: int = 0
    size: int = 0
    compressed_size: int | None = None
    """Length of the deflated bytes; None if they are stored."""
    crc: int | None = None
    blob: str = "pack"
    """The file of the upload that `offset` is in."""
    error: CoreError | None = None


def kind_of(head: bytes) -> str | None:
    """Return "zip", "gzip", "tar" or None, by the first bytes of a file (at least 262)."""
    if head.startswith(ZIP_MAGIC):
        return "zip"
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    return "tar" if head[257:262] == _TAR_MAGIC else None


def name_error(name: str) -> CoreError | None:
    """Return why a file with this name is rejected, or None."""
    path = PurePosixPath(name.replace("\\", "/"))
    if not path.parts:
        return InvalidInput("the file has no name in the archive")
    if path.is_absolute() or ".." in path.parts or path.parts[0].endswith(":"):
        return InvalidInput("the name leads out of the archive")
    if name.lower().endswith(_ARCHIVES):
        return UnsupportedMediaType("an archive inside an archive; send it separately")
    return None


def is_junk(name: str) -> bool:
    """Return whether a file is one that operating systems leave in archives."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(p.lower() in _JUNK for p in parts) or (bool(parts) and parts[-1].startswith("._"))
