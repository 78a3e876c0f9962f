"""Selects what a search shows: it fetches as many matches as groups, limits and pages take."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.cache.search_messages import MAX_DEPTH, PageEnd, SearchMatch, SearchRequest
from core.domain import Match
from core.filters.parse import Term
from core.rules import ActiveRules
from core.serving.cards import Card
from core.serving.diversity import Diversity, diversified
from core.serving.groups import group_of
from core.serving.rules import pin, rules_for
from core.serving.select import Selected, ServingOptions, select
from core.vectors import Vector
from core.vectors.store import LIMIT_RANGE

_EXTRA_MATCHES = 10
"""Matches fetched beyond the limit, to replace items that were deleted just now."""
DIVERSIFIED = 300
"""With `diversity` or rules, the best items (or groups) from which the first pages are chosen."""


@dataclass(frozen=True)
class Nearest:
    """The best matches, one for each item, and whether there are no others."""

    matches: Sequence[Match]
    are_all: bool


@dataclass(frozen=True)
class Source:
    """Where a search finds matches and what it needs to know about them."""

    nearest: Callable[[int], Nearest]
    """Returns at most so many of the best matches."""
    cards: Callable[[Collection[str]], Mapping[str, Card]]
    """Returns the cards of the items that exist, by SKU."""
    vectors: Callable[[Collection[tuple[str, str]]], Mapping[tuple[str, str], Vector]]
    """Returns unit vectors by SKU and view."""


@dataclass(frozen=True)
class Page:
    """The matches of a page, best first, and whether there is a next page."""

    matches: tuple[SearchMatch, ...]
    has_more: bool


class SearchSelection:
    """The selection of one search."""

    def __init__(self, request: SearchRequest, group_by: str | None, source: Source) -> None:
        self._request, self._source = request, source
        self._group_by = group_by if request.group else None
        self._rules = ActiveRules.of(request.rules)
        self._cards: dict[str, Card | None] = {}

    def page(self) -> Page:
        """Return the page that the request asks for."""
        request = self._request
        before = request.after.count if request.after else 0
        limit = min(request.limit, MAX_DEPTH - before)
        count = max(before + limit + 1, DIVERSIFIED if request.rules else 0)
        items = self._diversified() if request.diversity else self._best(count)
        rest = after(items, request.after)
        matches = tuple(_to_match(item, self._rules) for item in rest[:limit])
        return Page(matches, has_more=len(rest) > limit and before + limit < MAX_DEPTH)

    def _best(self, count: int) -> list[Selected[Match]]:
        """Fetch matches until they contain `count` items to show, or there are no more."""
        fetch = min(count + _EXTRA_MATCHES, LIMIT_RANGE[1])
        while True:
            nearest = self._source.nearest(fetch)
            selected = self._select(nearest.matches, count)
            if len(selected) == count or nearest.are_all or fetch == LIMIT_RANGE[1]:
                return selected
            fetch = min(4 * fetch, LIMIT_RANGE[1])

    def _select(self, matches: Sequence[Match], count: int) -> list[Selected[Match]]:
        first = len(matches) if self._group_by else count
        self._load(match.sku for match in matches[:first])

        def card_of(sku: str) -> Card | None:
            if sku not in self._cards:
                self._load(match.sku for match in matches)
            return self._cards[sku]

        return select(matches, card_of, self._options(count))

    def _options(self, count: int) -> ServingOptions:
        request = self._request
        own = () if request.sku is None else (request.sku,)
        return ServingOptions(
            count,
            exclude=frozenset([*own, *request.exclude]),
            include_out_of_stock=request.include_out_of_stock,
            group_by=self._group_by,
            exclude_groups=self._own_group(),
            at_most={} if request.diversity else request.at_most,
            rules=self._rules.without_pins if request.diversity else self._rules,
        )

    def _own_group(self) -> frozenset[Term]:
        sku = self._request.sku
        if sku is None or self._group_by is None:
            return frozenset()
        self._load([sku])
        card = self._cards[sku]
        group = card and group_of(card, self._group_by)
        return frozenset([group] if group else [])

    def _load(self, skus: Iterable[str]) -> None:
        missing = [sku for sku in skus if sku not in self._cards]
        if missing:
            cards = self._source.cards(missing)
            self._cards |= {sku: cards.get(sku) for sku in missing}

    def _diversified(self) -> list[Selected[Match]]:
        pool = self._best(DIVERSIFIED)
        # rules may have changed the order: the n-th item counts as much as the n-th best score
        relevance = sorted((item.score for item in pool), reverse=True)
        diversity = Diversity(self._request.diversity, self._similarities(pool))
        varied = diversified(pool, relevance, diversity, self._request.at_most, len(pool))
        return pin(varied, self._rules, {item.sku: item for item in varied})

    def _similarities(self, pool: list[Selected[Match]]) -> Callable[[str], Mapping[str, float]]:
        """Compare the images that matched with each other."""
        keys = [(item.sku, item.candidate.view) for item in pool]
        vectors = self._source.vectors(keys)
        places = {sku: place for place, (sku, view) in enumerate(vectors)}
        matrix = np.stack([*vectors.values()]) if vectors else np.empty((0, 0), np.float32)

        def similar_to(sku: str) -> Mapping[str, float]:
            if sku not in places:  # deleted meanwhile
                return {}
            cosines = np.clip(matrix @ matrix[places[sku]], 0, 1)
            return dict(zip(places, cosines.tolist(), strict=True))

        return similar_to


def after(items: list[Selected[Match]], end: PageEnd | None) -> list[Selected[Match]]:
    """Return the items that follow a page, also if items have come or gone since it was read."""
    if end is None:
        return items
    places = {item.sku: place for place, item in enumerate(items)}
    if end.sku in places:
        return items[places[end.sku] + 1 :]
    return items[end.count - 1 :]  # the last item of the page is gone


def _to_match(item: Selected[Match], rules: ActiveRules) -> SearchMatch:
    return SearchMatch(
        **vars(item.candidate),
        attributes=dict(item.card.attributes),
        availability=item.card.availability,
        variants=item.variants,
        rules=tuple(rules_for(item, rules)),
    )
