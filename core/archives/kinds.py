"""Detects the kind of an archive by its first bytes."""

import tarfile
from typing import Literal

from core.errors import UnsupportedMediaType
from core.file_types import archive_type, is_office_document

ArchiveKind = Literal["zip", "gzip", "tar"]

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
GZIP_MAGIC = b"\x1f\x8b"
HEAD_BYTES = 512


def kind_of(head: bytes) -> ArchiveKind | None:
    """Return the kind of an archive, judging by its first 512 bytes; None for any other file.

    Raises:
        UnsupportedMediaType: the file is an archive of another kind, or an Office document.
    """
    if is_office_document(head):
        raise UnsupportedMediaType(
            "this is an Excel workbook or another Office document; send images, archives of "
            "images, or a manifest (items.csv or items.jsonl)"
        )
    if other := archive_type(head):
        raise UnsupportedMediaType(
            f"this is {other}, which is not accepted; send a zip, tar or tar.gz archive"
        )
    if head.startswith(ZIP_MAGIC):
        return "zip"
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    return "tar" if _is_tar(head) else None


def _is_tar(head: bytes) -> bool:
    """Return whether this is a tar header; the oldest format has a checksum but no magic number."""
    if head[257:262] == b"ustar":
        return True
    try:
        tarfile.TarInfo.frombuf(head[:HEAD_BYTES], "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError, IndexError):
        return False
    return True
