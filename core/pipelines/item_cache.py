"""Restores what the cache knows about items, from the store, before any list is served."""

import logging
from collections.abc import Iterable, Mapping, Sequence

import orjson

from core.batching import batched
from core.domain import Availability
from core.errors import NotFound
from core.item_availability import put_all_availabilities
from core.pipelines.services import Heartbeat, Services
from core.serving.cards import Card
from core.storage import Collection, Item

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


def find_without_card(
    collection: Collection, services: Services, heartbeat: Heartbeat
) -> list[tuple[str]]:
    """Return the SKUs of items without a card, which are in no list; none if all cards are lost.

    Items with a damaged document are left out: their SKU is not known.
    """
    items, without = services.items(collection), list[tuple[str]]()
    for keys in batched(items.keys(), _BATCH):
        heartbeat()
        if skus := _without_card(collection, items.by_keys(keys), services):
            with services.locks.exclusive(collection.name):  # cards are written after documents
                existing = services.items(services.reload_collection(collection)).find(skus)
                current = _without_card(collection, existing.values(), services)
            without += [(sku,) for sku in current]
    return without


def write_missing_cards(collection: Collection, services: Services, heartbeat: Heartbeat) -> None:
    """Write the cards of the items that have none."""
    for rows in batched(find_without_card(collection, services, heartbeat), _BATCH):
        heartbeat()
        with services.locks.exclusive(collection.name):
            items = services.items(services.reload_collection(collection))
            existing = items.find(sku for (sku,) in rows)
            services.item_cache.put_cards(collection.name, existing.values())


def _without_card(collection: Collection, items: Iterable[Item], services: Services) -> list[str]:
    skus = [item.sku for item in items]
    known = services.item_cache.known(collection.name, skus)
    return [] if known is None else [sku for sku in skus if sku not in known]


def find_cards(
    collection: Collection, skus: Sequence[str], services: Services
) -> Mapping[str, Card]:
    """Return the cards of the items that exist, by SKU.

    They come from the cache, or from the store while the cache is being restored.
    """
    cached = services.item_cache.cards(collection.name, skus)
    if cached is not None:
        rows = cached.items()
        return {sku: Card(orjson.loads(card.attributes), card.availability) for sku, card in rows}
    items = services.items(collection).find(skus)
    states = services.availability(collection).unavailable([*items])
    in_stock = Availability.IN_STOCK
    return {sku: Card(item.attributes, states.get(sku, in_stock)) for sku, item in items.items()}


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
