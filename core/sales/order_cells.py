"""Completes orders in which only the first row has the address and the status.

Shopify and similar shops leave these cells empty in the further rows of an order.
"""

from operator import itemgetter

from core.sales.dialect import Dialect
from core.tables.rows import RowBlock

_ORDER_COLUMNS = ("zip", "country")


class OrderCells:
    """Fills an empty cell from the row directly above if both rows belong to the same order."""

    def __init__(self, dialect: Dialect) -> None:
        self._order = dialect.columns["order_id"]
        self._positions = [dialect.columns[column] for column in _ORDER_COLUMNS]
        self._positions += dialect.status_columns.values()
        self._last_row: list[str] = []

    def complete(self, block: RowBlock) -> None:
        """Fill in the empty cells of a block of consecutive rows, in place."""
        if not block.rows:
            return
        for position in self._positions:
            cell = itemgetter(position)
            if "" in map(cell, block.rows) and any(map(cell, block.rows)):
                self._complete_column(block, position)
        self._last_row = block.rows[-1]

    def _complete_column(self, block: RowBlock, position: int) -> None:
        above = self._last_row
        for row in block.rows:
            if not row[position] and above and row[self._order] == above[self._order]:
                row[position] = above[position]
            above = row
