"""Cursors of lists: opaque to clients, and recognised as invalid if a client makes one up."""

import base64
import binascii
import re

from core.errors import InvalidInput

_ITEM = re.compile(r"[0-9a-f]{32}")
_START = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_USER_PREFIX = "user:"


def parse_item_cursor(cursor: str | None) -> str | None:
    """Return the key of the last item of the previous page, or None for the first page.

    Raises:
        InvalidInput: the cursor does not belong to a list of items.
    """
    if cursor and not _ITEM.fullmatch(cursor):
        raise _invalid()
    return cursor


def parse_start(cursor: str | None) -> int:
    """Return the number of rows on the previous pages.

    Raises:
        InvalidInput: the cursor is not a positive number.
    """
    if cursor and not _START.fullmatch(cursor):
        raise _invalid()
    return int(cursor or 0)


def user_cursor(user: str | None) -> str | None:
    """Return the cursor of the page that starts after a user, or None if there is no such page."""
    if user is None:
        return None
    return base64.urlsafe_b64encode(f"{_USER_PREFIX}{user}".encode()).decode().rstrip("=")


def parse_user_cursor(cursor: str | None) -> str:
    """Return the last user of the previous page, or "" for the first page.

    Raises:
        InvalidInput: the cursor does not belong to a list of users.
    """
    if not cursor:
        return ""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as exc:
        raise _invalid() from exc
    if not text.startswith(_USER_PREFIX):
        raise _invalid()
    return text.removeprefix(_USER_PREFIX)


def _invalid() -> InvalidInput:
    return InvalidInput("cursor: send the `next_cursor` of the previous page of the same list")
