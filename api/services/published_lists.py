"""Why a collection's published lists are not in the cache."""

from typing import NoReturn

from api.dependencies import Services, find_collection
from core.errors import NotFound, Unavailable


def explain_missing(name: str, services: Services) -> NoReturn:
    """Raise an error that explains missing lists; refill the cache if it has lost them.

    Raises:
        NotFound: the collection does not exist, or has no published lists.
        Unavailable: the cache is being refilled.
    """
    if not has_published(name, services):
        raise NotFound(f"collection {name!r} has no recommendations yet; upload its sales")
    refill(name, services)


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
