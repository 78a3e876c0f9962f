"""Reads the versions of items' images in one round trip."""

from collections.abc import Mapping, Sequence
from typing import cast

import orjson

from core.cache.item_keys import PREFIX
from core.cache.read_script import ReadConnection, ReadScript

ImageVersions = Mapping[str, str]
"""The beginning of the hash of each image's file, by view, the item's first image first."""


class ImageReader:
    """Reads the index of images, within one event loop."""

    def __init__(self, connection: ReadConnection) -> None:
        self._script = ReadScript(connection, "read_images.lua")

    async def read(self, collection: str, skus: Sequence[str]) -> dict[str, ImageVersions]:
        """Return the versions of the images of each item; empty if the cache has none.

        Raises:
            Unavailable: Redis does not respond.
        """
        if not skus:
            return {}
        reply = await self._script.run(PREFIX + collection, orjson.dumps(skus))
        entries = orjson.loads(cast("bytes", reply))
        return {
            sku: {view: version for view, version, _ in entry or ()}
            for sku, entry in zip(skus, entries, strict=True)
        }
