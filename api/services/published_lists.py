"""Why a collection's published lists are not in the cache."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, find_collection
from core.errors import NotFound, Unavailable

_GOES_LIVE_S = 0.1
"""A new generation is usually live in the cache this soon after it is live in the store."""

_Lists = TypeVar("_Lists")


async def read_again(
    read: Callable[[], Awaitable[_Lists | None]], name: str, services: Services
) -> _Lists:
    """Read lists that were not in the cache once more: the first ones may just have gone live.

    If the cache has lost them, it is refilled.

    Raises:
        NotFound: the collection does not exist, or has no published lists.
        Unavailable: the cache is being refilled, or Redis does not respond.
    """
    if not await run_in_threadpool(has_published, name, services):
        raise no_lists(name)
    await asyncio.sleep(_GOES_LIVE_S)
    lists = await read()
    if lists is None:
        await run_in_threadpool(refill, name, services)
    return lists


def no_lists(name: str) -> NotFound:
    """Return the error of a collection without published lists."""
    return NotFound(f"collection {name!r} has no recommendations yet; upload its sales")


def refill(name: str, services: Services) -> NoReturn:
    """Refill the cache from the store.

    Raises:
        Unavailable: always, since this takes a while.
    """
    services.dispatcher.refill_lists(name)
    raise Unavailable("the recommendation cache is being refilled from the store; retry later")


def has_published(name: str, services: Services) -> bool:
    """Return whether a collection has published lists.

    Raises:
        NotFound: the collection does not exist.
    """
    collection = find_collection(name, services)
    return services.generations(collection).recommender().live is not None
