"""Changes the availabilities of items: first in the store, then in the cache."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.dependencies import Services
from core.domain import Availability
from core.item_availability import find_known, write_availability
from core.storage import Collection


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
    cache = services.item_cache
    with services.locks.exclusive(collection.name) as check_lock:
        current = services.reload_collection(collection)
        known = find_known(current, states, services, cache)
        rows = {sku: state for sku, state in states.items() if sku in known}
        sequence = services.ledger.next_sequence()
        changed = write_availability(current, rows, sequence, services, cache, check_lock)
    return Changes(changed, len(rows) - changed, [sku for sku in states if sku not in known])
