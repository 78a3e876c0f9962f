"""Storage backends: a local folder or an S3 bucket, selected by a URL."""

import functools
import logging
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from core.errors import InvalidInput
from core.storage.backends.backend import StorageBackend
from core.storage.backends.local import LocalBackend
from core.storage.backends.s3 import S3Backend

__all__ = ["StorageBackend", "open_backend"]

log = logging.getLogger(__name__)


def open_backend(url: str) -> StorageBackend:
    """Return the backend for a path, or for a URL: `file:///srv/store` or `s3://bucket/prefix`.

    Raises:
        InvalidInput: the scheme of the URL is neither `file` nor `s3`, no bucket is named, or a
            `file` URL does not have three slashes.
        Unavailable: the folder cannot be created.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return S3Backend(url)
    if parts.scheme == "file":
        return LocalBackend(_path(parts))
    if not parts.scheme:
        return LocalBackend(_absolute(url))
    raise InvalidInput(
        f"LOOKALIKE_STORE_URL has the unsupported scheme {parts.scheme}://; "
        "use a folder (file:///srv/store) or a bucket (s3://bucket/prefix)"
    )


def _path(parts: SplitResult) -> str:
    """Return the path of a `file` URL, in which a word after two slashes would be a host."""
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
        raise InvalidInput(
            "LOOKALIKE_STORE_URL: a file:// URL needs three slashes and an absolute path, like "
            f"file:///srv/store; this one is {parts.geturl()}"
        )
    return unquote(parts.path)


@functools.cache  # one warning in a process, which may open its store several times
def _absolute(folder: str) -> str:
    absolute = str(Path(folder).absolute())
    if not Path(folder).is_absolute():
        log.warning(
            "LOOKALIKE_STORE_URL=%s is a relative folder: the store is %s", folder, absolute
        )
    return absolute
