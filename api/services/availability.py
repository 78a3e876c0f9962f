"""Changes the availabilities of items: first in the store, then in the cache."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.dependencies import Services
from core.domain import Availability
from core.jobs.locks import EnsureHeld
from core.storage import Collection
from core.storage.item import item_key


@dataclass(frozen=True)
class Changes:
    """What a request has changed; the availabilities of unknown SKUs are not kept."""

    changed: int
    unchanged: int
    unknown: Sequence[str]


def change_availability(
    collection: Collection, states: Mapping[str, Availability], services: Services
) -> Changes:
    """Set the availabilities of items; afterwards, all lists and searches respect them.

    Raises:
        NotFound: the collection was deleted meanwhile.
        Unavailable: the cache does not respond; the change may be repeated, and otherwise takes
            effect later.
    """
    with services.locks.exclusive(collection.name) as check_lock:
        current = services.reload_collection(collection)
        known = known_skus(current, states, services)
        rows = {sku: state for sku, state in states.items() if sku in known}
        changed = write_availability(current, rows, services, check_lock)
    return Changes(changed, len(rows) - changed, [sku for sku in states if sku not in known])


def write_availability(
    collection: Collection,
    states: Mapping[str, Availability],
    services: Services,
    check_lock: EnsureHeld,
) -> int:
    """Set the availabilities of items that exist; return how many have changed.

    Callers hold the collection's lock.

    Raises:
        Unavailable: the cache does not respond; see `change_availability`.
    """
    name, store = collection.name, services.availability(collection)
    before = store.version()
    after, changed = store.change(states, services.ledger.next_sequence(), check_lock)
    if services.item_cache.live(name) in {None, before}:
        services.item_cache.put_availability(name, after.version, after.states)
    else:  # an earlier request could not write to the cache
        token, all_states = services.item_cache.begin(name), store.read()
        services.item_cache.go_live(name, token, all_states.version, all_states.states)
    return changed


def known_skus(collection: Collection, skus: Iterable[str], services: Services) -> set[str]:
    """Return which of these items exist."""
    skus = list(skus)
    known = services.item_cache.known(collection.name, skus)
    if known is None:  # the cache is being restored
        keys = set(services.items(collection).keys())
        known = {sku for sku in skus if item_key(sku) in keys}
    return known
