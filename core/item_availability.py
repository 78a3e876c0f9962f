"""The availabilities of items in the store and in the cache, for the API and for jobs."""

from collections.abc import Iterable, Mapping

from core.cache import ItemCache, ItemReader
from core.domain import Availability
from core.jobs.locks import EnsureHeld
from core.storage import Collection, Stores
from core.storage.item import item_key


def write_availability(
    collection: Collection,
    states: Mapping[str, Availability],
    sequence: int,
    stores: Stores,
    cache: ItemCache,
    check_lock: EnsureHeld,
) -> int:
    """Set availabilities in the store, then in the cache; return how many have changed.

    Callers hold the collection's lock.

    Args:
        sequence: position of the request among all requests; later ones are not overwritten.

    Raises:
        Unavailable: the cache does not respond; the change may be repeated, and otherwise takes
            effect later.
    """
    name, store = collection.name, stores.availability(collection)
    before = store.version()
    after, changed = store.change(states, sequence, check_lock)
    if cache.live(name) in {None, before}:
        cache.put_availability(name, after.version, after.states)
    else:  # an earlier request could not write to the cache
        put_all_availabilities(collection, cache.begin(name), stores, cache)
    return changed


def put_all_availabilities(
    collection: Collection, token: str, stores: Stores, cache: ItemCache
) -> None:
    """Replace the availabilities in the cache by those in the store.

    Raises:
        Unavailable: the cache has lost cards that were written since `begin` returned the token.
    """
    current = stores.availability(collection).read()
    cache.go_live(collection.name, token, current.version, current.states)


def find_known(
    collection: Collection, skus: Iterable[str], stores: Stores, cache: ItemReader
) -> set[str]:
    """Return which of these items exist."""
    skus = list(skus)
    known = cache.known(collection.name, skus)
    if known is None:  # the cache is being restored
        keys = set(stores.items(collection).keys())
        known = {sku for sku in skus if item_key(sku) in keys}
    return known
