"""Storage backends: a local folder or an S3 bucket, selected by a URL."""

from urllib.parse import unquote, urlsplit

from core.errors import InvalidInput
from core.storage.backends.backend import StorageBackend
from core.storage.backends.local import LocalBackend
from core.storage.backends.s3 import S3Backend

__all__ = ["StorageBackend", "open_backend"]


def open_backend(url: str) -> StorageBackend:
    """Return the backend for a path, or for a URL: `file:///srv/store` or `s3://bucket/prefix`.

    Raises:
        InvalidInput: the scheme of the URL is neither `file` nor `s3`, or no bucket is named.
        Unavailable: the folder cannot be created.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return S3Backend(url)
    if parts.scheme in {"", "file"}:
        return LocalBackend(unquote(parts.path) if parts.scheme else url)
    raise InvalidInput(
        f"LOOKALIKE_STORE_URL has the unsupported scheme {parts.scheme}://; "
        "use a folder (file:///srv/store) or a bucket (s3://bucket/prefix)"
    )
