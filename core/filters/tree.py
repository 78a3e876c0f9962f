"""Filters as trees: conditions, combined with `and`, `or` and `not`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.filters.conditions import Condition

Attributes = Mapping[str, Any]


@dataclass(frozen=True)
class AllOf:
    """Parts that must all match; without parts, every item matches."""

    parts: tuple["Node", ...] = ()

    def matches(self, attributes: Attributes) -> bool:
        """Return whether all parts match."""
        for part in self.parts:  # noqa: SIM110 - all() takes twice as long
            if not part.matches(attributes):
                return False
        return True


@dataclass(frozen=True)
class AnyOf:
    """Parts of which at least one must match."""

    parts: tuple["Node", ...]

    def matches(self, attributes: Attributes) -> bool:
        """Return whether any part matches."""
        return any(part.matches(attributes) for part in self.parts)


@dataclass(frozen=True)
class Not:
    """A part that must not match."""

    part: "Node"

    def matches(self, attributes: Attributes) -> bool:
        """Return whether the part does not match."""
        return not self.part.matches(attributes)


Node = Condition | AllOf | AnyOf | Not


@dataclass(frozen=True)
class Filter:
    """What an item's attributes must meet; without conditions, every item matches."""

    root: AllOf = AllOf()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions, wherever they are in the tree."""
        return tuple(condition for condition, _ in conditions_of(self.root))

    @property
    def matched_without(self) -> set[str]:
        """The attributes that items may match by not having them, as with `not`."""
        return {
            condition.attribute
            for condition, negated in conditions_of(self.root)
            if condition.requires_absence is not negated
        }

    def matches(self, attributes: Attributes) -> bool:
        """Return whether an item with these attributes passes the filter."""
        return self.root.matches(attributes)

    def with_conditions(self, change: Callable[[Condition], Condition]) -> "Filter":
        """Return the filter with each condition changed."""
        return Filter(AllOf(tuple(_changed(part, change) for part in self.root.parts)))


def conditions_of(node: Node, negated: bool = False) -> Iterator[tuple[Condition, bool]]:
    """Yield each condition, and whether an odd number of negations applies to it."""
    match node:
        case Condition():
            yield node, negated
        case Not():
            yield from conditions_of(node.part, not negated)
        case AllOf() | AnyOf():
            for part in node.parts:
                yield from conditions_of(part, negated)


def _changed(node: Node, change: Callable[[Condition], Condition]) -> Node:
    match node:
        case Condition():
            return change(node)
        case Not():
            return Not(_changed(node.part, change))
        case AllOf() | AnyOf():
            return type(node)(tuple(_changed(part, change) for part in node.parts))
