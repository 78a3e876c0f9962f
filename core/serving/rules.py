"""Applies merchandising rules to eligible items: exclude, then boost and bury, at last pins.

The steps work on anything with a SKU and a card, best first. Groups and diversity come between the
steps: they see the order that boosts have made, and pins have the last word on positions.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from core.rules import Action, ActiveRule, ActiveRules
from core.serving.cards import HasCard

_Item = TypeVar("_Item", bound=HasCard)


def exclude(items: Iterable[_Item], rules: ActiveRules) -> list[_Item]:
    """Drop the items that an `exclude` rule names."""
    excluding = rules.with_action(Action.EXCLUDE)
    return [item for item in items if not any(names(rule, item) for rule in excluding)]


def reorder(items: Sequence[_Item], rules: ActiveRules) -> list[_Item]:
    """Sort items by position / factor (`boost`) or position x factor (`bury`), from 1.

    The factors of several rules are multiplied. Items with equal results keep their order.
    """
    moving = rules.with_action(Action.BOOST, Action.BURY)
    positions = {
        item.sku: round(position * _factor(item, moving), 9)  # 3 * (1 / 3) is 1
        for position, item in enumerate(items, start=1)
    }
    return sorted(items, key=lambda item: positions[item.sku])


def pin(items: Sequence[_Item], rules: ActiveRules, pinnable: Mapping[str, _Item]) -> list[_Item]:
    """Put pinned items at their positions; the others fill the remaining positions in order.

    If a position is taken by an earlier pin, the next free one is used; if the list is too short,
    pins end up at its end. A filter pins the best item that it matches.

    Args:
        pinnable: the items that may be pinned by SKU, also those that are not among `items`.
    """
    pinned: dict[int, _Item] = {}
    for rule in rules.with_action(Action.PIN):
        taken = {item.sku for item in pinned.values()}
        for item in _pinned_by(rule, items, taken, pinnable):
            position = rule.position
            while position in pinned:
                position += 1
            pinned[position] = item
    return _merge(items, pinned)


def rules_for(item: HasCard, rules: ActiveRules) -> list[str]:
    """Return the ids of the rules that name an item, and so explain its place."""
    return [rule.id for rule in rules.rules if names(rule, item)]


def names(rule: ActiveRule, item: HasCard) -> bool:
    """Return whether a rule applies to an item."""
    return rule.names(item.sku, item.card.attributes)


def _factor(item: HasCard, rules: Sequence[ActiveRule]) -> float:
    factor = 1.0
    for rule in rules:
        if names(rule, item):
            factor *= rule.factor if rule.action is Action.BURY else 1 / rule.factor
    return factor


def _pinned_by(
    rule: ActiveRule, items: Sequence[_Item], taken: set[str], pinnable: Mapping[str, _Item]
) -> list[_Item]:
    if rule.filter is None:
        return [pinnable[sku] for sku in rule.skus if sku in pinnable and sku not in taken]
    free = (item for item in items if item.sku not in taken)
    return [item for item in free if names(rule, item)][:1]


def _merge(items: Sequence[_Item], pinned: Mapping[int, _Item]) -> list[_Item]:
    skus = {item.sku for item in pinned.values()}
    merged: list[_Item] = []
    waiting = dict(sorted(pinned.items()))
    for item in items:
        if item.sku in skus:
            continue
        while len(merged) + 1 in waiting:
            merged.append(waiting.pop(len(merged) + 1))
        merged.append(item)
    return merged + list(waiting.values())
