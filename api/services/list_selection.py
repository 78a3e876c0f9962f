"""Selects the rows of a published list, and fills it up with popular items."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from api.dependencies import Services
from api.services.rows_with_cards import RowsWithCards
from api.services.ruled_rows import explain, read_pinned
from core.cache import CachedList, CachedRow
from core.errors import Unavailable
from core.rules import Placement
from core.serving.diversity import Diversity
from core.serving.select import ServingOptions, select

_SHORT = (
    "only {} of the items that are published for this user or as popular items match; "
    "GET .../items?filter= finds all items that match"
)

_NO_SIMILARITIES = (
    "diversity: the similar items of this collection are not computed yet; retry later, or leave "
    "out `diversity`"
)


class SelectedList(NamedTuple):
    """The rows of a list that are shown, best first."""

    generation: str
    personal: bool
    rows: list[CachedRow]
    filled: int
    """How many of the rows, at the end, are popular items that complete the list."""
    hint: str | None = None


class ListRequest(NamedTuple):
    """Whose list is requested; the nearest region first."""

    collection: str
    user: str
    regions: Sequence[str]
    options: ServingOptions
    diversity: float = 0.0


async def read_list(request: ListRequest, services: Services) -> SelectedList | None:
    """Return the rows of a user's list, else of the items that are popular in their region.

    If there are too few, popular items that the user has not bought follow. Return None if nothing
    was published or the cache was lost.

    Raises:
        Unavailable: Redis does not respond.
    """
    rules = await services.rule_books.active(request.collection, Placement.LISTS)
    if rules.rules:
        request = request._replace(options=replace(request.options, rules=rules))
    reader, options, limit = services.list_reader, request.options, request.options.limit
    with_cards = not options.is_default or request.diversity > 0
    if with_cards:
        cached = await reader.with_cards(request.collection, request.user, request.regions)
    else:
        cached = await reader.read(request.collection, request.user, request.regions, limit)
    if cached is None:
        return None
    if request.diversity:
        diversity = await _diversity(request, [row.sku for row in cached.rows], services)
        options = replace(options, diversity=diversity)
    pinned = await read_pinned(request.collection, rules, cached.rows, services)
    rows = _select(cached.rows, options, pinned) if with_cards else [*cached.rows]
    filling = []
    if len(rows) < limit and (regions := _wider_regions(cached, request.regions)):
        popular = await reader.popular(request.collection, request.user, regions)
        filling = _fill(rows, popular, options) if popular else []
    rows = [*rows, *filling]
    is_short = options.filter is not None and len(rows) < limit
    hint = _SHORT.format(len(rows)) if is_short else None
    return SelectedList(cached.generation, cached.personal, rows, len(filling), hint)


async def _diversity(request: ListRequest, skus: list[str], services: Services) -> Diversity:
    """Compare the items of a list by their similar lists.

    Raises:
        Unavailable: there are no such lists yet, or Redis does not respond.
    """
    similarities = await services.similar_reader.similarities(request.collection, skus)
    if similarities is None:
        raise Unavailable(_NO_SIMILARITIES)
    return Diversity(request.diversity, lambda sku: similarities.get(sku, {}))


def _fill(rows: list[CachedRow], popular: CachedList, options: ServingOptions) -> list[CachedRow]:
    listed = {row.sku for row in rows}
    known = (
        options.exclude | popular.bought | listed | {sku for row in rows for sku in row.variants}
    )
    options = replace(options, exclude=known, rules=options.rules.without_pins, diversity=None)
    if options.group_by is None and not options.at_most:
        return _select(popular.rows, replace(options, limit=options.limit - len(rows)))
    single = replace(options, limit=len(popular.rows), group_by=None, at_most={})
    return _among(rows, _select(popular.rows, single), options)


def _among(
    rows: list[CachedRow], filling: list[CachedRow], options: ServingOptions
) -> list[CachedRow]:
    """Return the rows to fill up with; groups and limits count what is shown before them."""
    both = ServingOptions(
        options.limit,
        include_out_of_stock=True,
        group_by=options.group_by,
        at_most=options.at_most,
    )
    listed = {row.sku for row in rows}
    added = [row for row in _select([*rows, *filling], both) if row.sku not in listed]
    return added[: options.limit - len(rows)]


def _wider_regions(cached: CachedList, regions: Sequence[str]) -> Sequence[str]:
    """Return the regions whose popular items are not in the list yet."""
    return regions if cached.region is None else regions[regions.index(cached.region) + 1 :]


def _select(
    rows: Sequence[CachedRow], options: ServingOptions, pinned: Sequence[CachedRow] = ()
) -> list[CachedRow]:
    with_cards = RowsWithCards(rows, pinned)
    selected = select(with_cards, with_cards.card_of, options, pinned)
    explained = [explain(item, options.rules) for item in selected]
    if options.group_by is None:
        return explained
    return [
        row._replace(variants=item.variants) if item.variants else row
        for row, item in zip(explained, selected, strict=True)
    ]
