"""Limits against zip bombs: on the expansion ratio, and on the list of files in a zip."""

import zipfile
from typing import BinaryIO

from core.errors import TooLarge

_ALWAYS_ALLOWED_BYTES = 16 * 1024 * 1024


def max_unpacked_size(packed_size: int, max_ratio: int) -> int:
    """Return how many bytes a file may unpack to: `max_ratio` times its size, at least 16 MiB."""
    return max(_ALWAYS_ALLOWED_BYTES, packed_size * max_ratio)


def check_zip_directory(file: BinaryIO, name: str, *, max_bytes: int) -> None:
    """Reject a zip whose list of files would not fit in memory, before zipfile reads it.

    Raises:
        TooLarge: the list is longer than `max_bytes`.
    """
    # zipfile's own search for the list, as a second one could be led to another list
    record = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    if record and record[zipfile._ECD_SIZE] > max_bytes:  # type: ignore[attr-defined]
        raise TooLarge(f"{name} lists too many files; split it into several archives")
