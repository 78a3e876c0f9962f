"""Varies what is shown: a limit per value of an attribute, and maximal marginal relevance (MMR)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.filters.parse import Term, to_term
from core.serving.cards import HasCard

_Item = TypeVar("_Item", bound=HasCard)


@dataclass(frozen=True, slots=True)
class Diversity:
    """How much items that resemble each other are spread."""

    weight: float
    """From 0, only relevance counts, to 1, only dissimilarity counts."""
    similar_to: Callable[[str], Mapping[str, float]]
    """Returns the similarities from 0 to 1 of other items to an item; missing items count as 0."""


class AtMost:
    """Counts the shown items of each value, of which there may be at most so many."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = limits
        self._shown: Counter[tuple[str, Term]] = Counter()

    def add(self, item: HasCard) -> bool:
        """Count an item and return True, unless there are enough items with one of its values."""
        values = [
            (name, term)
            for name in self._limits
            if (term := to_term(item.card.attributes.get(name))) is not None
        ]
        if any(self._shown[value] >= self._limits[value[0]] for value in values):
            return False
        self._shown.update(values)
        return True


def capped(items: Iterable[_Item], at_most: Mapping[str, int]) -> Iterator[_Item]:
    """Yield the items, best first, of which not enough with the same value came before.

    Items without the attribute are not limited.
    """
    shown = AtMost(at_most)
    return (item for item in items if shown.add(item))


def diversified(
    items: Sequence[_Item],
    relevance: Sequence[float],
    diversity: Diversity,
    at_most: Mapping[str, int],
    limit: int,
) -> list[_Item]:
    """Return items in the order of maximal marginal relevance (Carbonell and Goldstein, 1998).

    The next item is the one with the largest (1 - weight) x relevance - weight x the greatest
    similarity to the items before it. Of equal items, the first one comes first.
    """
    chosen: list[_Item] = []
    shown, nearest = AtMost(at_most), [0.0] * len(items)
    left, weight = dict(enumerate(items)), diversity.weight
    while left and len(chosen) < limit:
        place = max(left, key=lambda n: (1 - weight) * relevance[n] - weight * nearest[n])
        item = left.pop(place)
        if shown.add(item):
            chosen.append(item)
            similarities = diversity.similar_to(item.sku)
            for n, other in left.items():
                nearest[n] = max(nearest[n], similarities.get(other.sku, 0.0))
    return chosen
