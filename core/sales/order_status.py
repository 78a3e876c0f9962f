"""Tells which orders were cancelled, voided or refunded, by the words of their status."""

import re
from collections.abc import Mapping

from core.tables.cells import is_missing
from core.tables.rows import RowBlock

_WORD = re.compile(r"[^\W\d_]+")
_CANCELLED = re.compile(
    "cancel|void|refund|chargeback|declin|denied|failed|fraud|trash|draft|reversed|returned|"
    "storn|erstatt|abgebrochen|annul|rembours|rimbors|reembols|geannuleerd|terugbetaald|anulow"
)
_KEPT = re.compile(
    "partial|partiel|parzial|parcial|teil|gedeeltelijk|reversal|request|(not|no|non|nicht)$"
)
_NO = {"0", "false", "f", "no", "n", "nein", "non", "0000-00-00", "0000-00-00 00:00:00"}


def is_cancelled(column: str, text: str) -> bool:
    """Return whether a cell of a status column says that the order is no sale.

    Columns named after the cancellation, such as `Cancelled at`, hold its time or a truth value.
    Partly refunded orders are sales.
    """
    text = text.strip().casefold()
    if is_missing(text):
        return False
    if _CANCELLED.match(column.casefold().removeprefix("is_").removeprefix("is ")):
        return text not in _NO
    words = _WORD.findall(text)
    return any(map(_CANCELLED.match, words)) and not any(map(_KEPT.match, words))


def cancelled_rows(block: RowBlock, status_columns: Mapping[str, int]) -> dict[int, str]:
    """Return the index and status of each row of an order that is no sale."""
    rows: dict[int, str] = {}
    for column, position in status_columns.items():
        cells = block.column(position)
        if cancelled := {cell for cell in set(cells) if is_cancelled(column, cell)}:
            status = {cell: _name(column, cell) for cell in cancelled}
            for row, cell in enumerate(cells):
                if cell in cancelled:
                    rows.setdefault(row, status[cell])
    return rows


def _name(column: str, text: str) -> str:
    """Return the status in words; a date or truth value is named after its column."""
    is_word = any(map(_CANCELLED.match, _WORD.findall(text.casefold())))
    return (text if is_word else column).strip().casefold()[:40]
