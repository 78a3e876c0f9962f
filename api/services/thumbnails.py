"""Thumbnails of images, the last ones of which stay in the memory of this process."""

from collections import OrderedDict

from starlette.concurrency import run_in_threadpool

from api.services.pixel_budget import PixelBudget
from core.encoders.images.thumbnails import thumbnail
from core.settings import MEBIBYTE
from core.storage import ItemImage, Items

_MAX_BYTES = 64 * MEBIBYTE
_MAX_PIXELS = 50_000_000
"""They take up to 800 MB."""


class Thumbnails:
    """Makes thumbnails; all methods are called in one event loop."""

    def __init__(self, max_megapixels: int) -> None:
        self._max_megapixels = max_megapixels
        self._budget = PixelBudget(_MAX_PIXELS)
        self._made: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._bytes = 0

    async def get(self, items: Items, image: ItemImage, size: int) -> bytes:
        """Return a JPEG of at most `size` pixels a side."""
        key = image.sha256, size
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        async with self._budget.reserve(image.width * image.height):
            data = await run_in_threadpool(self._make, items, image, size)
        self._keep(key, data)
        return data

    def _make(self, items: Items, image: ItemImage, size: int) -> bytes:
        return thumbnail(items.read_image(image), size, self._max_megapixels)

    def _keep(self, key: tuple[str, int], data: bytes) -> None:
        if key in self._made:  # somebody else made it at the same time
            return
        self._made[key] = data
        self._bytes += len(data)
        while self._bytes > _MAX_BYTES:
            _, oldest = self._made.popitem(last=False)
            self._bytes -= len(oldest)
