"""Thumbnails of images, which are made when they are first needed."""

import asyncio
import hashlib

from starlette.concurrency import run_in_threadpool

from api.services.pixel_budget import PixelBudget
from api.services.thumbnail_files import ThumbnailFiles
from core.encoders.images.thumbnails import VERSION, thumbnail
from core.storage import ItemImage, Items

_MAX_PIXELS = 50_000_000
"""They take up to 800 MB."""
_CLEAN_S = 3_600


class Thumbnails:
    """Makes and stores thumbnails; all methods are called in one event loop."""

    def __init__(self, files: ThumbnailFiles, max_megapixels: int) -> None:
        self._files = files
        self._max_megapixels = max_megapixels
        self._budget = PixelBudget(_MAX_PIXELS)

    async def get(self, items: Items, image: ItemImage, size: int) -> bytes:
        """Return a JPEG of at most `size` pixels a side."""
        name = f"{image.sha256}-{size}-{VERSION}.jpg"
        if stored := await run_in_threadpool(self._files.find, name):
            return stored
        async with self._budget.reserve(image.width * image.height):
            return await run_in_threadpool(self._make, items, image, size, name)

    async def clean_hourly(self) -> None:
        """Delete unused thumbnails, now and every hour, until this is cancelled."""
        while True:
            await run_in_threadpool(self._files.clean)
            await asyncio.sleep(_CLEAN_S)

    def _make(self, items: Items, image: ItemImage, size: int, name: str) -> bytes:
        original = items.read_image(image)
        made = thumbnail(original, size, self._max_megapixels)
        if hashlib.sha256(original).hexdigest() == image.sha256:  # a damaged file may be restored
            self._files.put(name, made)
        return made
