"""What the selection of items needs to know about each of them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from core.domain import Availability


class Card(NamedTuple):
    """What the selection needs to know about an item."""

    attributes: Mapping[str, Any] = MappingProxyType({})
    availability: Availability = Availability.IN_STOCK


class HasCard(Protocol):
    """An item that may be shown."""

    @property
    def sku(self) -> str:
        """The item's SKU."""

    @property
    def card(self) -> Card:
        """The item's card."""


CardOf = Callable[[str], Card | None]
"""Returns the card of an item by its SKU; None if the item was deleted."""
