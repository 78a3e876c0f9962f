"""Many things, some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """`size` of them at a time, the last perhaps fewer; Python 3.12 has one of its own."""
    left = iter(things)
    while some := list(islice(left, size)):
        yield some
