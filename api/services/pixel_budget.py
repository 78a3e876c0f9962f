"""Limits how many pixels are decoded at the same time, and thereby the memory for images."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class PixelBudget:
    """Makes requests wait, in order of arrival, until few enough pixels are being decoded.

    An image with more pixels than the budget is decoded alone.
    """

    def __init__(self, pixels: int) -> None:
        self._total = self._free = pixels
        self._turn = asyncio.Lock()
        self._released = asyncio.Condition()

    @asynccontextmanager
    async def reserve(self, pixels: int) -> AsyncIterator[None]:
        """Reserve the pixels of an image for the duration of the `with` block."""
        pixels = min(pixels, self._total)
        async with self._turn, self._released:  # small images do not overtake a large one
            await self._released.wait_for(lambda: self._free >= pixels)
            self._free -= pixels
        try:
            yield
        finally:
            self._free += pixels
            async with self._released:
                self._released.notify_all()
