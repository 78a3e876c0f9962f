"""The reasons of one kind for the items of lists."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recommendations import Reason

Explanations = Iterable[tuple[int, Reason]]
"""Places of items, counted through the lists of all users, and their reasons."""


def explain(
    places: NDArray[np.intp], make: Callable[..., Reason], *columns: Iterable[Any]
) -> Explanations:
    """Return the reasons that `make` returns for the values of each place."""
    # a lookup takes a third of the time of creating an object
    return zip(places.tolist(), map(cache(make), *columns), strict=True)
