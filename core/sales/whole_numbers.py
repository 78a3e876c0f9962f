"""Finds columns whose IDs a program has turned into decimal numbers: `17850.0` for `17850`."""

from collections.abc import Mapping

from core.tables.cells import have_decimals
from core.tables.rows import RowBlock

_COLUMNS = ("md5email", "sku", "order_id", "zip")


class WholeNumberSurvey:
    """Collects the columns of a file whose values are all whole numbers with a decimal place."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        self._open = {name: columns[name] for name in _COLUMNS}
        self._seen = set[str]()

    def add(self, block: RowBlock) -> None:
        """Add a block of rows."""
        for name, position in list(self._open.items()):
            with_decimals = have_decimals(set(block.column(position)))
            if with_decimals:
                self._seen.add(name)
            elif with_decimals is False:
                del self._open[name]

    def decimal_columns(self) -> frozenset[str]:
        """Return the columns in which every value has the decimal place."""
        return frozenset(self._seen & set(self._open))
