"""Authorization rules: the role that a request requires, and whether a key grants it.

The required role follows from method and path alone, so no route can be forgotten.
"""

import re

from core.errors import Forbidden
from core.storage.api_keys import Key, Role

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
"""Methods that change nothing."""
_PUBLIC = re.compile(r"/|/ui/.*|/docs(/.*)?|/openapi\.json|/favicon\.ico|/health/(live|ready)")
_SEARCH = re.compile(r"/v1/collections/[^/]+/search")
_COLLECTION = re.compile(r"/v1/collections/([^/]+)")
_REBUILD = re.compile(r"/v1/collections/[^/]+/rebuild")
_LOKO_BLOCK = re.compile(r"/loko/.*")


def is_loko_block(path: str) -> bool:
    """Whether the path is that of a block of Loko flows."""
    return _LOKO_BLOCK.fullmatch(path) is not None


def required_role(method: str, path: str) -> Role | None:
    """Return the role that a request requires; None: it is public."""
    if _PUBLIC.fullmatch(path):
        return None
    if method in SAFE_METHODS or _SEARCH.fullmatch(path):
        return Role.READ
    if is_loko_block(path):
        return Role.READ  # the block's own requests to /v1 are checked again, with the same key
    if path == "/v1/collections" or _COLLECTION.fullmatch(path) or _REBUILD.fullmatch(path):
        return Role.ADMIN
    return Role.WRITE


def check_access(key: Key, role: Role, path: str) -> None:
    """Check that a key grants the required role, and covers the collection of the path.

    Raises:
        Forbidden: it does not.
    """
    if not key.has_role(role):
        raise Forbidden(f"this key has role `{key.role}`; the request requires `{role}`")
    collection = _COLLECTION.match(path)
    if collection and not key.covers(collection[1]):
        raise Forbidden(f"this key does not cover collection {collection[1]!r}")
    if path == "/v1/collections" and role is Role.ADMIN and key.collections:
        raise Forbidden("this key is limited to some collections; it cannot create others")
