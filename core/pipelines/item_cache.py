"""Restores what the cache knows about items, from the store, before any list is served."""

import logging
from collections.abc import Mapping, Sequence

from core.batching import batched
from core.domain import Availability
from core.errors import NotFound
from core.item_availability import put_all_availabilities
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection

log = logging.getLogger(__name__)

_BATCH = 500


def restore_items(collection: Collection, services: Services, heartbeat: Heartbeat) -> None:
    """Write all cards and availabilities to the cache, unless it has them.

    Raises:
        Unavailable: the cache has lost some of them meanwhile.
    """
    name, cache = collection.name, services.item_cache
    if cache.live(name) is not None:
        return
    token, items = cache.begin(name), services.items(collection)
    for keys in batched(items.keys(), _BATCH):
        heartbeat()
        with services.locks.exclusive(name):  # nobody changes the items meanwhile
            services.reload_collection(collection)
            cache.put_cards(name, items.by_keys(keys))
    _restore_availability(collection, token, services)


def find_unavailable(
    collection: Collection, skus: Sequence[str], services: Services
) -> Mapping[str, Availability]:
    """Return the availabilities of those items that are not in stock.

    They come from the cache, or from the store while the cache is being restored.
    """
    cached = services.item_cache.availabilities(collection.name, skus)
    return services.availability(collection).unavailable(skus) if cached is None else cached


def repair_availability(services: Services) -> list[str]:
    """Write availabilities that are in the store, but whose request failed before the cache had it.

    Return the names of the collections.
    """
    return [
        collection.name
        for collection in services.collections.active()
        if _is_outdated(collection, services) and _repair(collection, services)
    ]


def _is_outdated(collection: Collection, services: Services) -> bool:
    live = services.item_cache.live(collection.name)
    return live is not None and live != services.availability(collection).version()


def _repair(collection: Collection, services: Services) -> bool:
    try:
        _restore_availability(collection, services.item_cache.begin(collection.name), services)
    except NotFound:
        log.info("collection %s was deleted meanwhile", collection.name)
        return False
    return True


def _restore_availability(collection: Collection, token: str, services: Services) -> None:
    with services.locks.exclusive(collection.name):
        services.reload_collection(collection)
        put_all_availabilities(collection, token, services, services.item_cache)
