"""Shows one item of each group, such as one colour of a style."""

from collections.abc import Collection, Hashable, Iterable
from typing import Generic, NamedTuple, TypeVar

from core.filters.parse import Term, to_term
from core.serving.cards import Card, HasCard

_Item = TypeVar("_Item", bound=HasCard)


class Group(NamedTuple, Generic[_Item]):
    """The item that is shown for a group, and the SKUs of the others, best first."""

    item: _Item
    variants: tuple[str, ...]


def group_of(card: Card, group_by: str) -> Term | None:
    """Return the group of an item; None if it is a group of its own."""
    return to_term(card.attributes.get(group_by))


def one_per_group(
    items: Iterable[_Item],
    group_by: str,
    *,
    preferred: Collection[str] = (),
    exclude: Collection[Term] = (),
) -> list[Group[_Item]]:
    """Return the groups in the order of their best items.

    An item is a group of its own if it lacks the attribute, or if that is a list or an object.

    Args:
        items: best first.
        preferred: SKUs that are shown for their group although others are better.
        exclude: groups that are left out.
    """
    groups: dict[Hashable, list[_Item]] = {}
    for item in items:
        group = group_of(item.card, group_by)
        if group is None or group not in exclude:
            groups.setdefault(("sku", item.sku) if group is None else group, []).append(item)
    return [_group(members, preferred) for members in groups.values()]


def _group(members: list[_Item], preferred: Collection[str]) -> Group[_Item]:
    if len(members) == 1:
        return Group(members[0], ())
    chosen = next((item for item in members if item.sku in preferred), members[0])
    return Group(chosen, tuple(item.sku for item in members if item.sku != chosen.sku))
