"""Rows of the cache that carry the cards of their items."""

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

import orjson

from core.domain import Availability
from core.serving.cards import Card


class RowWithCard(Protocol):
    """A row of the cache."""

    @property
    def sku(self) -> str:
        """The item's SKU."""

    @property
    def attributes(self) -> bytes:
        """The item's attributes as a JSON object."""

    @property
    def availability(self) -> Availability:
        """The item's availability."""


R = TypeVar("R", bound=RowWithCard)


class RowsWithCards(Generic[R]):
    """Reads rows, and parses a card, only as far as an answer needs them."""

    def __init__(self, rows: Iterable[R], others: Iterable[R] = ()) -> None:
        """Use these rows; there may also be others whose cards are needed."""
        self._rows = rows
        self._by_sku = {row.sku: row for row in others}

    def __iter__(self) -> Iterator[R]:
        """Iterate over the rows."""
        for row in self._rows:
            self._by_sku[row.sku] = row
            yield row

    def card_of(self, sku: str) -> Card:
        """Return the card of a row that was read, or of another one."""
        row = self._by_sku[sku]
        return Card(orjson.loads(row.attributes), row.availability)
