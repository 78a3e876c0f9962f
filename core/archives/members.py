"""The members of zip and tar archives, the checks of their names, and the limit on their size.

Names are never used as paths, so an archive cannot write to the disk.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

from core.errors import CoreError, InvalidInput, UnsupportedMediaType

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
GZIP_MAGIC = b"\x1f\x8b"
_TAR_MAGIC = b"ustar"
_JUNK = {".ds_store", "thumbs.db", "desktop.ini", "__macosx"}
_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".rar", ".7z", ".bz2", ".xz")
_ALWAYS_ALLOWED_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class ArchiveMember:
    """A file of an upload, alone or in an archive; a rejected file has an `error`."""

    name: str
    inside: bool
    offset: int = 0
    size: int = 0
    compressed_size: int | None = None
    """Length of the deflated bytes; None if they are stored."""
    crc: int | None = None
    blob: str = "pack"
    """The file of the upload that contains the bytes."""
    error: CoreError | None = None


def kind_of(head: bytes) -> str | None:
    """Return "zip", "gzip", "tar" or None, judging by the first bytes of a file (at least 262)."""
    if head.startswith(ZIP_MAGIC):
        return "zip"
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    return "tar" if head[257:262] == _TAR_MAGIC else None


def name_error(name: str) -> CoreError | None:
    """Return the error if a file with this name must be rejected, or None."""
    path = PurePosixPath(name.replace("\\", "/"))
    if not path.parts:
        return InvalidInput("the file has no name in the archive; pack the file again")
    if path.is_absolute() or ".." in path.parts or path.parts[0].endswith(":"):
        return InvalidInput("the path leads out of the archive; pack the file with a relative path")
    if name.lower().endswith(_ARCHIVES):
        return UnsupportedMediaType("the file is an archive inside an archive; send it separately")
    return None


def is_junk(name: str) -> bool:
    """Return whether this is a file that operating systems add to archives."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(p.lower() in _JUNK for p in parts) or (bool(parts) and parts[-1].startswith("._"))


def max_unpacked_size(packed_size: int, max_ratio: int) -> int:
    """Return how many bytes a file may unpack to: `max_ratio` times its size, at least 16 MiB."""
    return max(_ALWAYS_ALLOWED_BYTES, packed_size * max_ratio)
