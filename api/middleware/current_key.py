"""The API key of the current request, for routes, the access log and the audit log."""

from contextvars import ContextVar

from core.storage.api_keys import Key, Role

_current: ContextVar[Key | None] = ContextVar("current_key", default=None)


def set_current_key(key: Key | None) -> None:
    """Set the key of the current request; None: it has no valid key."""
    _current.set(key)


def can_see(collection: str) -> bool:
    """Whether the current key covers the collection."""
    key = _current.get()
    return key is None or key.covers(collection)


def current_role() -> Role:
    """The role of the current key; admin without one, since then the server has no keys."""
    key = _current.get()
    return Role.ADMIN if key is None else key.role


def current_key_id() -> str:
    """The id of the current key; "" for requests without a valid key."""
    key = _current.get()
    return key.id if key else ""
