"""Authorization rules: the role that a request requires, and whether a key grants it.

The required role follows from method and path alone, so no route can be forgotten.
"""

import re

from core.errors import Forbidden
from core.storage.api_keys import Key, Role

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
"""Methods that change nothing."""
_PUBLIC = re.compile(r"/|/ui/.*|/docs(/.*)?|/openapi\.json|/favicon\.ico|/health/(live|ready)")
_QUESTION = re.compile(r"/v1/collections/[^/]+/(search|recommendations)")
"""Paths where a POST request changes nothing."""
_INTERNAL = re.compile(r"/v1/collections/[^/]+/(availability|dismissals(/.*)?)")
"""Paths that storefronts must not read, since they name hidden items."""
_STOREFRONT = re.compile(
    r"/v1/collections/[^/]+/"
    r"(popular|new|items/.+/(image|similar|substitutes|bought-together)|users/.+/recommendations)"
)
"""What a shop's page reads; the lists of customers also require a token."""
_KEYS = re.compile(r"/v1/keys(/.*)?")
_COLLECTION = re.compile(r"/v1/collections/([^/]+)")
_FOR_ADMINS = re.compile(r"/v1/collections(/[^/]+(/rebuild)?)?")


def is_loko_block(path: str) -> bool:
    """Return whether the path is that of a Loko block."""
    return path.startswith("/loko/")


def required_role(method: str, path: str) -> Role | None:
    """Return the role that a request requires, or None if it is public."""
    if _PUBLIC.fullmatch(path):
        return None
    if _INTERNAL.fullmatch(path):
        return Role.WRITE
    if _KEYS.fullmatch(path):
        return Role.ADMIN
    is_safe = method in SAFE_METHODS
    questions = _STOREFRONT if is_safe else _QUESTION
    if (is_safe or method == "POST") and questions.fullmatch(path):
        return Role.SEARCH
    # a block's own requests to /v1 are checked again, with the same key
    if is_safe or is_loko_block(path):
        return Role.READ
    return Role.ADMIN if _FOR_ADMINS.fullmatch(path) else Role.WRITE


def check_access(key: Key, role: Role, path: str) -> None:
    """Check that a key grants the required role and covers the collection of the path.

    Raises:
        Forbidden: the key does not permit the request.
    """
    if not key.has_role(role):
        raise Forbidden(f"this key has the role `{key.role}`; the request requires `{role}`")
    collection = _COLLECTION.match(path)
    if collection and not key.covers(collection[1]):
        raise Forbidden(f"this key does not cover collection {collection[1]!r}")
    if _KEYS.fullmatch(path) and key.collections:
        raise Forbidden(
            "this key covers only certain collections and cannot see or change keys; use a key "
            "that covers all collections"
        )
    if path == "/v1/collections" and role is Role.ADMIN and key.collections:
        raise Forbidden(
            "this key covers only certain collections and cannot create new ones; "
            "use a key that covers all collections"
        )
