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
        self._counts: Counter[tuple[str, Term]] = Counter()

    def add(self, item: HasCard) -> bool:
        """Count an item and return True, unless there are enough items with one of its values."""
        values = [
            (name, term)
            for name in self._limits
            if (term := to_term(item.card.attributes.get(name))) is not None
        ]
        if any(self._counts[value] >= self._limits[value[0]] for value in values):
            return False
        self._counts.update(values)
        return True


def capped(items: Iterable[_Item], at_most: Mapping[str, int]) -> Iterator[_Item]:
    """Yield the items, best first, of which not enough with the same value came before.

    Items without the attribute are not limited.
    """
    counts = AtMost(at_most)
    return (item for item in items if counts.add(item))


def scaled(scores: Sequence[float]) -> list[float]:
    """Return scores in descending order as relevances from 1, the best, to 0, the last."""
    best, last = scores[:1], scores[-1:]
    if best == last:
        return [1.0] * len(scores)
    return [(score - last[0]) / (best[0] - last[0]) for score in scores]


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
    counts, nearest = AtMost(at_most), [0.0] * len(items)
    left, weight = dict(enumerate(items)), diversity.weight
    while left and len(chosen) < limit:
        place = max(left, key=lambda n: (1 - weight) * relevance[n] - weight * nearest[n])
        item = left.pop(place)
        if counts.add(item):
            chosen.append(item)
            similarities = diversity.similar_to(item.sku)
            for n, other in left.items():
                nearest[n] = max(nearest[n], similarities.get(other.sku, 0.0))
    return chosen
