"""Cursors of lists: opaque to clients, and recognised as invalid if a client makes one up."""

import base64
import binascii
import hashlib
import re
from typing import NamedTuple, Self

from core.cache.search_messages import MAX_DEPTH, PageEnd, SearchRequest
from core.dismissals import DismissalPlace
from core.errors import InvalidInput

_ITEM = re.compile(r"[0-9a-f]{32}")
_START = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_MATCHES = re.compile(r"([0-9a-f]{32}):(\d{1,9}):(.+)", re.ASCII)
_USER_PREFIX = "user:"
_IMAGE = re.compile(r"image:([^/]+)/(.+)")
_DISMISSAL = re.compile(r"dismissal:(\d{1,17}):([0-9a-f]{16})", re.ASCII)


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
    return _encode(f"{_USER_PREFIX}{user}")


def parse_user_cursor(cursor: str | None) -> str:
    """Return the last user of the previous page, or "" for the first page.

    Raises:
        InvalidInput: the cursor does not belong to a list of users.
    """
    if not cursor:
        return ""
    text = _decode(cursor)
    if not text.startswith(_USER_PREFIX):
        raise _invalid()
    return text.removeprefix(_USER_PREFIX)


def image_cursor(sku: str, view: str) -> str:
    """Return the cursor of the page that starts after an image of an item."""
    return _encode(f"image:{view}/{sku}")  # views have no slashes


def parse_image_cursor(cursor: str | None) -> tuple[str, str]:
    """Return the SKU and the view of the last image of the previous page, or two empty texts.

    Raises:
        InvalidInput: the cursor does not belong to a list of images.
    """
    if not cursor:
        return "", ""
    match = _IMAGE.fullmatch(_decode(cursor))
    if match is None:
        raise _invalid()
    return match[2], match[1]


def dismissal_cursor(place: DismissalPlace) -> str:
    """Return the cursor of the page that starts after the dismissal at this place."""
    return _encode(f"dismissal:{place.microseconds}:{place.id}")


def parse_dismissal_cursor(cursor: str | None) -> DismissalPlace | None:
    """Return the place of the last dismissal of the previous page, or None for the first page.

    Raises:
        InvalidInput: the cursor does not belong to a list of dismissals.
    """
    if not cursor:
        return None
    match = _DISMISSAL.fullmatch(_decode(cursor))
    if match is None:
        raise _invalid()
    return DismissalPlace(int(match[1]), match[2])


class SearchIdentity(NamedTuple):
    """What all pages of a search have in common."""

    collection: str
    sku: str | None
    min_score: float
    filter: str | None
    exclude: tuple[str, ...]
    include_out_of_stock: bool
    group: bool
    at_most: dict[str, int]
    diversity: float
    colour: float | None = None
    text: str = ""
    crop: tuple[float, float, float, float] | None = None

    @classmethod
    def of(cls, query: SearchRequest) -> Self:
        """Return the identity of a search."""
        return cls(*[getattr(query, name) for name in cls._fields])

    def digest(self, image: bytes = b"") -> str:
        """Return a digest, which the cursors of the search contain."""
        values = self._replace(min_score=float(self.min_score), diversity=float(self.diversity))
        return hashlib.blake2b(repr(values).encode() + image, digest_size=16).hexdigest()


def matches_cursor(count: int, last_sku: str, query: str) -> str:
    """Return the cursor of the page after these matches; `query` identifies the search.

    Args:
        count: the number of matches up to the end of the page.
        last_sku: the SKU of the last one.
    """
    return _encode(f"{query}:{count}:{last_sku}")


def parse_matches_cursor(cursor: str | None, query: str) -> PageEnd | None:
    """Return the end of the previous page of matches, or None for the first page.

    Raises:
        InvalidInput: the cursor does not belong to a search, or belongs to another one.
    """
    if not cursor:
        return None
    match = _MATCHES.fullmatch(_decode(cursor))
    if match is None or not 0 < int(match[2]) < MAX_DEPTH:
        raise _invalid()
    if match[1] != query:
        raise InvalidInput(
            "cursor: it belongs to another search; send the same image, text or SKU with the "
            "same parameters, except `limit`"
        )
    return PageEnd(count=int(match[2]), sku=match[3])


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as exc:
        raise _invalid() from exc


def _invalid() -> InvalidInput:
    return InvalidInput("cursor: send the `next_cursor` of the previous page of the same list")
