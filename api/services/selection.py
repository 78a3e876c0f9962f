"""Selects the items to show from ranked candidates, with the cards from the cache."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import NoReturn

import orjson
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, find_collection
from api.services.typed_options import parse_at_most_of, parse_filter_of
from api.services.visibility import sees_hidden
from core.cache.card_reader import CachedCard
from core.domain import Availability, normalize_label
from core.errors import InvalidInput, Unavailable
from core.serving.cards import Card
from core.serving.groups import group_of
from core.serving.select import Selected, ServingOptions, T, select

MAX_SKUS = 200
_NO_CARDS = "the cache of items is being refilled; retry later"


class Cards:
    """The cards of a collection's items, read from the cache when they are needed."""

    def __init__(self, collection: str, services: Services) -> None:
        self._collection, self._services = collection, services
        self._cached: dict[str, CachedCard | None] = {}

    async def load(self, skus: Iterable[str]) -> None:
        """Read the cards of these items, unless they are already there.

        Raises:
            Unavailable: the cache has lost cards, or Redis does not respond.
        """
        missing = [sku for sku in dict.fromkeys(skus) if sku not in self._cached]
        cards = await read_cards(self._collection, missing, self._services)
        self._cached |= {sku: cards.get(sku) for sku in missing}

    def exists(self, sku: str) -> bool:
        """Return whether an item whose card was loaded exists, as far as the current key sees."""
        cached = self._cached[sku]
        return cached is not None and (
            cached.availability is not Availability.HIDDEN or sees_hidden()
        )

    def card_of(self, sku: str) -> Card | None:
        """Return the card of an item; None if it does not exist."""
        cached = self._cached[sku]
        return cached and Card(orjson.loads(cached.attributes), cached.availability)

    async def without_groups_of(
        self, skus: Sequence[str], options: ServingOptions
    ) -> ServingOptions:
        """Return the options so that no variants of these items are shown."""
        if options.group_by is None:
            return options
        await self.load(skus)
        cards = [card for sku in skus if (card := self.card_of(sku))]
        groups = {group for card in cards if (group := group_of(card, options.group_by))}
        return replace(options, exclude_groups=frozenset(groups))

    async def select(
        self,
        candidates: Iterable[T],
        options: ServingOptions,
        *,
        pinned: Sequence[T] = (),
    ) -> list[Selected[T]]:
        """Return the candidates to show; usually, the cards of the first ones suffice.

        They suffice if a third of them cannot be shown. Rules may move any candidate to the front,
        and variants may be anywhere: these need all cards.
        """
        left = iter(candidates)
        needs_all = options.rules.rules or options.group_by is not None
        first = list(islice(left, None if needs_all else options.limit * 3 // 2 + 5))
        await self.load(candidate.sku for candidate in (*first, *pinned))
        selected = select(first, self.card_of, options, pinned)
        if len(selected) == options.limit or not (rest := list(left)):
            return selected
        await self.load(candidate.sku for candidate in rest)
        return select([*first, *rest], self.card_of, options, pinned)


async def read_cards(
    collection: str, skus: Sequence[str], services: Services
) -> dict[str, CachedCard]:
    """Return the cards of the items that exist, by SKU.

    Raises:
        NotFound: the cache has no cards, and the collection does not exist.
        Unavailable: the cache has lost cards and is being refilled, or Redis does not respond.
    """
    cards = await services.card_reader.read(collection, skus)
    if cards is None:
        await refill_cards(collection, services)
    return cards


async def refill_cards(collection: str, services: Services) -> NoReturn:
    """Restore the cards that the cache has lost.

    Raises:
        NotFound: the collection does not exist.
        Unavailable: otherwise, since this takes a while.
    """
    await run_in_threadpool(find_collection, collection, services)
    await run_in_threadpool(services.dispatcher.refill_lists, collection)
    raise Unavailable(_NO_CARDS)


async def parse_options(  # noqa: PLR0913 - one argument per query parameter
    collection: str,
    limit: int,
    services: Services,
    *,
    filter: str | None,
    exclude: str,
    include: str | None,
    group: bool = True,
    at_most: str | None = None,
) -> ServingOptions:
    """Parse what a request asks for.

    Raises:
        InvalidInput: the filter or `at_most` is invalid, or too many SKUs are excluded.
        NotFound: there is a filter or `at_most`, and the collection does not exist.
    """
    group_by = await services.definitions.group_by(collection) if group else None
    if not (filter or exclude or include or at_most):
        return _only_limit(limit, group_by)
    return ServingOptions(
        limit,
        await parse_filter_of(collection, filter, services),
        parse_skus("exclude", exclude),
        include is not None,
        group_by=group_by,
        at_most=await parse_at_most_of(collection, at_most, services),
    )


@lru_cache(maxsize=1000)
def _only_limit(limit: int, group_by: str | None) -> ServingOptions:
    return ServingOptions(limit, group_by=group_by)


def rare_members(item: Selected[T]) -> dict[str, object]:
    """Return the members of an item's row that most rows lack: it is not in stock, has variants."""
    members: dict[str, object] = {}
    if item.card.availability is not Availability.IN_STOCK:
        members["availability"] = item.card.availability
    if item.variants:
        members["variants"] = item.variants
    return members


def parse_skus(name: str, text: str) -> frozenset[str]:
    """Return the SKUs in the comma-separated text of a parameter.

    Raises:
        InvalidInput: there are too many.
    """
    skus = frozenset(normalize_label(sku) for sku in text.split(",")) - {""}
    if len(skus) > MAX_SKUS:
        raise InvalidInput(f"{name}: {len(skus)} SKUs are too many; send at most {MAX_SKUS}")
    return skus
