"""The imported order lines that do not count as purchases, by reason, with examples."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

MAX_EXAMPLES = 5
REPEATED = "another order line has the same customer, order, SKU and time, and counts"
IS_RETURN = "the quantity is negative, so it is a return"
RETURNED = "the purchase was returned, or its order was cancelled later"

_FILE_BITS = 40
"""Lines of a file have numbers below 2**40."""
_NOWHERE = np.iinfo(np.int64).max
"""The place of rows that an import has added to cancel an order line."""


@dataclass(frozen=True)
class UncountedRows:
    """Rows that do not count for the same reason."""

    reason: str
    count: int
    examples: list[tuple[int, int]]
    """The first of them: the index of the file, and the number of the line in it."""


def places(file: int, lines: pa.ChunkedArray) -> pa.Array:
    """Return (rows,): where rows are, as numbers that sort by file and line."""
    numbers = lines.combine_chunks()
    known = numbers.fill_null(0).to_numpy() + (file << _FILE_BITS)
    return pa.array(np.where(numbers.is_null().to_numpy(zero_copy_only=False), _NOWHERE, known))


def describe_uncounted(places_of: dict[str, pd.Series]) -> list[UncountedRows]:
    """Return how many rows do not count for each reason, from the places of these rows."""
    known = {reason: place[place != _NOWHERE] for reason, place in places_of.items()}
    return [
        UncountedRows(reason, len(place), [*map(_split, place.nsmallest(MAX_EXAMPLES))])
        for reason, place in known.items()
        if len(place)
    ]


def _split(place: int) -> tuple[int, int]:
    return place >> _FILE_BITS, place & ((1 << _FILE_BITS) - 1)
