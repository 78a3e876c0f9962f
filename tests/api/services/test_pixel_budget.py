import asyncio

import pytest

from api.services.pixel_budget import PixelBudget
from tests.support.event_loops import in_event_loop


def reserve_all(budget, sizes):
    """Reserve for all sizes at the same time; return their order, and the most pixels at once."""
    order, current, peaks = [], [], []

    async def use(size):
        async with budget.reserve(size):
            order.append(size)
            current.append(size)
            peaks.append(sum(current))
            await asyncio.sleep(0)
            current.remove(size)

    async def use_all():
        await asyncio.gather(*map(use, sizes))

    in_event_loop(use_all)
    return order, max(peaks)


def test_images_wait_in_order_until_few_enough_pixels_are_decoded():
    sizes = [4, 5, 10, 1, 2, 3, 9]
    assert reserve_all(PixelBudget(10), sizes) == (sizes, 10)


def test_an_image_above_the_budget_is_decoded_alone():
    assert reserve_all(PixelBudget(10), [3, 30, 2]) == ([3, 30, 2], 30)


def test_failed_and_cancelled_requests_give_their_pixels_back():
    budget = PixelBudget(10)

    async def fail():
        async with budget.reserve(10):
            raise RuntimeError("failed")

    async def run():
        with pytest.raises(RuntimeError, match="failed"):
            await fail()
        async with budget.reserve(5):
            waiting = asyncio.create_task(fail())
            await asyncio.sleep(0)
            waiting.cancel()
            async with asyncio.timeout(5), budget.reserve(5):
                pass

    in_event_loop(run)
