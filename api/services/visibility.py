"""Which items the current API key sees: keys that only read never see hidden items."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from api.dependencies import Services
from api.middleware.current_key import current_role
from core.domain import Attributes, Availability
from core.errors import Forbidden, Unavailable
from core.filters.parse import Filter
from core.storage import Collection, Item
from core.storage.api_keys import Role
from core.storage.item import item_key
from core.storage.items import no_such_item

_SHOWN = frozenset({Availability.IN_STOCK, Availability.OUT_OF_STOCK})


class VisibleItem(NamedTuple):
    """An item and its availability."""

    item: Item
    availability: Availability


class WantedItems(NamedTuple):
    """Which items a list contains; None stands for all."""

    availability: Availability | None = None
    where: Filter | None = None
    skus: frozenset[str] | None = None


def find_item(sku: str, collection: Collection, services: Services) -> VisibleItem:
    """Return an item that the current key sees.

    Raises:
        NotFound: there is no such item, or it is hidden from this key.
        Conflict: the item's document is damaged.
    """
    state = check_visible(sku, collection, services)
    return VisibleItem(services.items(collection).get(sku), state)


def check_visible(sku: str, collection: Collection, services: Services) -> Availability:
    """Return the availability of an item, if the current key sees it.

    Raises:
        NotFound: it is hidden from this key.
    """
    state = find_unavailable([sku], collection, services).get(sku, Availability.IN_STOCK)
    if state is Availability.HIDDEN and not sees_hidden():
        raise no_such_item(sku)
    return state


def list_items(
    collection: Collection,
    services: Services,
    query: WantedItems,
    *,
    cursor: str | None,
    limit: int,
) -> tuple[list[VisibleItem], str | None]:
    """Return a page of the items that the current key sees, and the next page's cursor.

    Raises:
        Forbidden: the key asks for hidden items and does not see them.
    """
    items, skus, where = services.items(collection), query.skus, query.where
    all_keys = None if skus is None else _keys_of(skus, cursor or "")
    if query.availability is None and sees_hidden():
        page, next_cursor = items.page(cursor=cursor, limit=limit, where=where, keys=all_keys)
        states = find_unavailable([item.sku for item in page], collection, services)
    else:
        wanted = _SHOWN if query.availability is None else frozenset({query.availability})
        _check_wanted(wanted)
        states = services.availability(collection).read().states
        if skus is not None:
            states = {sku: state for sku, state in states.items() if sku in skus}
        keys = _keys(states, wanted, all_keys or items.keys(after=cursor or ""), cursor or "")
        page, next_cursor = items.page(limit=limit, where=where, keys=keys)
    rows = [VisibleItem(item, states.get(item.sku, Availability.IN_STOCK)) for item in page]
    return rows, next_cursor


def some_attributes(collection: Collection, services: Services, limit: int) -> list[Attributes]:
    """Return the attributes of the items that the current key sees, of about `limit` at most.

    Raises:
        Unavailable: the cache is being filled again.
    """
    cards = services.item_cache.some_cards(collection.name, limit)
    if cards is None:
        raise Unavailable("the values of attributes are being read again; retry in a minute")
    if not sees_hidden():
        for sku, state in services.availability(collection).read().states.items():
            if state is Availability.HIDDEN:
                cards.pop(sku, None)
    return list(cards.values())


def find_unavailable(
    skus: Sequence[str], collection: Collection, services: Services
) -> Mapping[str, Availability]:
    """Return the availabilities of those items that are not in stock.

    They come from the store if the cache does not respond, or has lost them.
    """
    cached = None
    with suppress(Unavailable):
        cached = services.item_cache.availabilities(collection.name, skus)
    return services.availability(collection).unavailable(skus) if cached is None else cached


def _keys(
    states: Mapping[str, Availability],
    wanted: frozenset[Availability],
    all_keys: Iterator[str],
    cursor: str,
) -> Iterator[str]:
    """Return the keys of items with the wanted availabilities, sorted, after those of the cursor.

    Only if items in stock are wanted does this walk through all items.
    """
    if Availability.IN_STOCK in wanted:
        left_out = {item_key(sku) for sku, state in states.items() if state not in wanted}
        return (key for key in all_keys if key not in left_out)
    keys = (item_key(sku) for sku, state in states.items() if state in wanted)
    return iter(sorted(key for key in keys if key > cursor))


def _keys_of(skus: Iterable[str], cursor: str) -> Iterator[str]:
    """Return the keys of these SKUs, sorted, after that of the cursor."""
    return iter(sorted(key for key in map(item_key, skus) if key > cursor))


def sees_hidden() -> bool:
    """Return whether the current key sees hidden items."""
    return current_role() in {Role.WRITE, Role.ADMIN}


def _check_wanted(wanted: frozenset[Availability]) -> None:
    if Availability.HIDDEN in wanted and not sees_hidden():
        raise Forbidden(
            f"this key has the role `{current_role()}`; listing hidden items requires `write`"
        )
