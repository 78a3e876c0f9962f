"""Detects the kind of an archive by its first bytes."""

import tarfile
from typing import Literal

from core.errors import UnsupportedMediaType
from core.file_types import (
    GZIP_MAGIC,
    ZIP_MAGIC,
    archive_type,
    has_tar_magic,
    is_office_document,
)

ArchiveKind = Literal["zip", "gzip", "tar"]

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
    if has_tar_magic(head):
        return True
    try:
        tarfile.TarInfo.frombuf(head[:HEAD_BYTES], "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError, IndexError):
        return False
    return True
