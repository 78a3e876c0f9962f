"""Storage backends: a local folder or an S3 bucket, selected by a URL."""

from urllib.parse import unquote, urlsplit

from core.errors import InvalidInput
from core.storage.backends.backend import StorageBackend
from core.storage.backends.local import LocalBackend
from core.storage.backends.s3 import S3Backend

__all__ = ["LocalBackend", "S3Backend", "StorageBackend", "open_backend"]


def open_backend(url: str) -> StorageBackend:
    """Return the backend for a URL: `file:///srv/store` or `s3://bucket/prefix`, or for a path.

    Raises:
        InvalidInput: the URL is not one of these.
        Unavailable: the folder cannot be created.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return S3Backend(url)
    if parts.scheme in {"", "file"}:
        return LocalBackend(unquote(parts.path) if parts.scheme else url)
    raise InvalidInput(
        f"LOOKALIKE_STORE_URL: {parts.scheme}:// is not supported; "
        "use a folder (file:///srv/store) or a bucket (s3://bucket/prefix)"
    )
