"""Signatures in the URLs of images, with which browsers need no API key.

A signature is a keyed hash (HMAC-SHA-256) of one image and a time. A URL stays the same for a day,
so that caches can keep the image, and is usually valid for one to two days.
"""

import hmac
import time
import zlib
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote

from core.errors import Forbidden

DAY_S = 86_400
VERSION_LENGTH = 16
"""Hexadecimal digits of the hash of an image's file."""
_LENGTH = 32
"""Hexadecimal digits of a signature: 128 bits."""


class ImageSignatures:
    """Signs and checks the URLs of images with a secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def query(
        self, collection: str, sku: str, view: str | None, version: str, *, days: int = 1
    ) -> str:
        """Return the query of an image's URL.

        Args:
            view: the image; None is the item's first one.
            version: the beginning of the hash of the image's file, "" if it is not known.
            days: for how many days the URL is valid at least; it is for a day more at most.
        """
        version = version[:VERSION_LENGTH]
        return _query(self._secret, collection, sku, view or "", version, _expiry(sku, days))

    def check(self, collection: str, sku: str, query: Mapping[str, str]) -> None:
        """Check that a query was returned for this item, and not too long ago.

        Raises:
            Forbidden: it was not, or it has expired.
        """
        expires = query.get("expires", "")
        view, version = query.get("view", ""), query.get("version", "")
        expected = _signature(self._secret, collection, sku, view, version, expires)
        if not hmac.compare_digest(query["signature"].encode(), expected.encode()):
            raise Forbidden(
                "the signature does not belong to this image; use the `image_url` of an answer "
                "unchanged (only `size` may be added)"
            )
        if time.time() >= int(expires):
            raise Forbidden(
                "the URL of the image has expired; URLs are valid for one to two days: request the "
                "list again, and use its new `image_url`"
            )


def _expiry(sku: str, days: int) -> int:
    """Return when a URL that is made now expires.

    The URLs of different items change at different times of the day, so that caches do not have to
    fetch all images at once.
    """
    offset = zlib.crc32(sku.encode()) % DAY_S
    return (int(time.time() + offset) // DAY_S + 1 + days) * DAY_S - offset


@lru_cache(maxsize=100_000)
def _query(secret: bytes, collection: str, sku: str, view: str, version: str, expires: int) -> str:
    signature = _signature(secret, collection, sku, view, version, str(expires))
    named = f"view={quote(view, safe='')}&" if view else ""
    known = f"version={version}&" if version else ""
    return f"{named}{known}expires={expires}&signature={signature}"


def _signature(
    secret: bytes, collection: str, sku: str, view: str, version: str, expires: str
) -> str:
    message = "\n".join((collection, sku, version, expires, view))
    return hmac.digest(secret, message.encode(errors="surrogatepass"), "sha256").hex()[:_LENGTH]
