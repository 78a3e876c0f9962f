"""The API key of the current request, for routes, the access log and the audit log."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime

from core.storage import ImageSignatures
from core.storage.api_keys import Key, Role

ANYBODY = Key(
    id="",
    name="signed URL",
    role=Role.SEARCH,
    digest="",
    created_at=datetime.min.replace(tzinfo=UTC),
)
"""Stands for the key of a request whose URL is signed: it sees what a visitor of a shop sees."""
current_key: ContextVar[Key | None] = ContextVar("current_key", default=None)
"""None if the request has no valid key."""


key_check: ContextVar[Callable[[], Awaitable[bool]]] = ContextVar("key_check")
"""Returns whether the current request would still be let in, for responses that take long."""


image_signatures: ContextVar[ImageSignatures | None] = ContextVar("image_signatures", default=None)
"""Signs the URLs of images in the current response; None if the server has no keys."""


def can_see(collection: str) -> bool:
    """Return whether the current key covers the collection."""
    key = current_key.get()
    return key is None or key.covers(collection)


def current_role() -> Role:
    """Return the role of the current key, or admin where the server has no keys."""
    key = current_key.get()
    return Role.ADMIN if key is None else key.role


def has_signed_url() -> bool:
    """Return whether the current request was let in because its URL is signed."""
    return current_key.get() is ANYBODY


def current_key_id() -> str:
    """Return the id of the current key, or "" if the request has no valid key."""
    key = current_key.get()
    return key.id if key else ""
