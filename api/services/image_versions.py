"""The versions of images, for their URLs, in the memory of this process for a minute.

A URL with an old version works, too: its image is only kept for a shorter time.
"""

import time
from collections.abc import Sequence
from contextlib import suppress

from core.cache.image_reader import ImageReader, ImageVersions
from core.errors import Unavailable

_TTL_S = 60
_MAX_ITEMS = 100_000
_UNKNOWN: tuple[float, ImageVersions] = (0.0, {})


class RememberedVersions:
    """Reads the versions of the images of items that were not needed lately."""

    def __init__(self, reader: ImageReader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, str], tuple[float, ImageVersions]] = {}

    async def of(self, collection: str, skus: Sequence[str]) -> list[ImageVersions]:
        """Return the versions of the images of each item; empty if they cannot be read."""
        now = time.monotonic()
        missing = [
            sku for sku in skus if self._known.get((collection, sku), _UNKNOWN)[0] < now - _TTL_S
        ]
        if missing:
            if len(self._known) > _MAX_ITEMS:
                self._known.clear()
            with suppress(Unavailable):
                for sku, versions in (await self._reader.read(collection, missing)).items():
                    self._known[collection, sku] = now, versions
        return [self._known.get((collection, sku), _UNKNOWN)[1] for sku in skus]
