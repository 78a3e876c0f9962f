"""Selects the items to show from ranked candidates, in small steps.

Each step takes the candidates best first and yields those that remain, so that later candidates
are looked up only as long as more items are needed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from operator import attrgetter
from typing import Generic, NamedTuple, Protocol, TypeVar

from core.domain import Availability
from core.filters.parse import Filter, Term
from core.rules import NO_RULES, ActiveRules
from core.serving.cards import Card, CardOf
from core.serving.diversity import Diversity, capped, diversified, scaled
from core.serving.groups import one_per_group
from core.serving.rules import exclude, pin, reorder

__all__ = ["Candidate", "Card", "CardOf", "Selected", "ServingOptions", "select"]


class Ranked(Protocol):
    """What every candidate has."""

    @property
    def sku(self) -> str:
        """The item's SKU."""

    @property
    def score(self) -> float:
        """The higher, the better."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that may be shown."""

    sku: str
    score: float


T = TypeVar("T", bound=Ranked)


@dataclass(frozen=True, slots=True)
class ServingOptions:
    """What a request asks for."""

    limit: int
    filter: Filter | None = None
    exclude: frozenset[str] = frozenset()
    """SKUs that are not shown, such as those in the basket."""
    include_out_of_stock: bool = False
    rules: ActiveRules = NO_RULES
    group_by: str | None = None
    """The attribute whose values are groups, of each of which one item is shown."""
    exclude_groups: frozenset[Term] = frozenset()
    """Groups that are not shown, such as that of the item whose page this is."""
    at_most: Mapping[str, int] = field(default_factory=dict)
    """By attribute, how many items with the same value are shown."""
    diversity: Diversity | None = None

    @property
    def is_default(self) -> bool:
        """Return whether the request has nothing but a limit."""
        return bool(_all_but_limit(self) == _DEFAULTS)

    @property
    def availabilities(self) -> frozenset[Availability]:
        """The availabilities of the items that may be shown."""
        others = {Availability.OUT_OF_STOCK} if self.include_out_of_stock else set()
        return frozenset({Availability.IN_STOCK, *others})


_all_but_limit = attrgetter(*(row.name for row in fields(ServingOptions) if row.name != "limit"))
_DEFAULTS = _all_but_limit(ServingOptions(0))


class Selected(NamedTuple, Generic[T]):
    """A candidate that is shown, with its card."""

    candidate: T
    card: Card
    variants: tuple[str, ...] = ()
    """The SKUs of the other candidates of its group, best first."""

    @property
    def sku(self) -> str:
        """The item's SKU."""
        return self.candidate.sku

    @property
    def score(self) -> float:
        """The candidate's score."""
        return self.candidate.score


def select(
    candidates: Iterable[T], card_of: CardOf, options: ServingOptions, pinned: Sequence[T] = ()
) -> list[Selected[T]]:
    """Return the candidates to show, at most `limit`.

    They keep the given order, unless rules or `diversity` change it. Deleted items, hidden items
    and repeated SKUs are always left out. With `group_by`, all candidates are looked up.

    Args:
        candidates: best first.
        card_of: called once for each candidate that is neither excluded nor repeated.
        pinned: further items, which are shown only where a rule pins them.
    """
    items: Iterable[Selected[T]] = eligible(candidates, card_of, options)
    if options.rules.rules:
        items = _with_rules(list(items), list(eligible(pinned, card_of, options)), options)
    else:
        items = _varied(_grouped(items, options), options)
    return list(islice(items, options.limit))


def _with_rules(
    items: list[Selected[T]], pinned: list[Selected[T]], options: ServingOptions
) -> list[Selected[T]]:
    rules = options.rules
    ranked = {item.sku: item for item in reorder(exclude(items, rules), rules)}
    more = [item for item in exclude(pinned, rules) if item.sku not in ranked]
    if options.group_by is None:
        pinnable = {item.sku: item for item in [*more, *ranked.values()]}
        listed: Iterable[Selected[T]] = ranked.values()
    else:  # a pinned item is shown for its group, instead of the group's best
        listed = list(_grouped([*ranked.values(), *more], options))
        pinnable = {item.sku: item for item in listed}
    return pin(list(_varied(listed, options)), rules, pinnable)


def _grouped(items: Iterable[Selected[T]], options: ServingOptions) -> Iterable[Selected[T]]:
    if options.group_by is None:
        return items
    pins, own = options.rules.pinned_skus, options.exclude_groups
    groups = one_per_group(items, options.group_by, preferred=pins, exclude=own)
    return (
        group.item._replace(variants=group.variants) if group.variants else group.item
        for group in groups
    )


def _varied(items: Iterable[Selected[T]], options: ServingOptions) -> Iterable[Selected[T]]:
    if options.diversity is None:
        return capped(items, options.at_most) if options.at_most else items
    items = list(items)
    # rules may have changed the order: the n-th item counts as much as the n-th best score
    relevance = scaled(sorted((item.score for item in items), reverse=True))
    return diversified(items, relevance, options.diversity, options.at_most, options.limit)


def eligible(
    candidates: Iterable[T], card_of: CardOf, options: ServingOptions
) -> Iterator[Selected[T]]:
    """Yield the candidates that exist, are available, match the filter and are not excluded."""
    items = existing(unrepeated(candidates, options.exclude), card_of)
    items = available(items, options.availabilities)
    if options.filter is not None:
        items = matching(items, options.filter)
    return items


def unrepeated(candidates: Iterable[T], exclude: Iterable[str]) -> Iterator[T]:
    """Yield the first candidate of each SKU that is not excluded."""
    seen = set(exclude)
    for candidate in candidates:
        if candidate.sku not in seen:
            seen.add(candidate.sku)
            yield candidate


def existing(candidates: Iterable[T], card_of: CardOf) -> Iterator[Selected[T]]:
    """Yield the candidates that have a card."""
    for candidate in candidates:
        if (card := card_of(candidate.sku)) is not None:
            yield Selected(candidate, card)


def available(
    items: Iterable[Selected[T]], availabilities: frozenset[Availability]
) -> Iterator[Selected[T]]:
    """Yield the items with one of these availabilities."""
    return (item for item in items if item.card.availability in availabilities)


def matching(items: Iterable[Selected[T]], filter: Filter) -> Iterator[Selected[T]]:
    """Yield the items whose attributes match."""
    return (item for item in items if filter.matches(item.card.attributes))
