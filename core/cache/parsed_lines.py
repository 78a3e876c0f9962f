"""Lines of a reply from Redis, of which a request rarely needs all."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class ParsedLines(Sequence[T], Generic[T]):
    """A sequence whose members are parsed each time that they are read."""

    def __init__(self, lines: Sequence[bytes], parse: Callable[[bytes], T]) -> None:
        self._lines, self._parse = lines, parse

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self._lines)

    def __iter__(self) -> Iterator[T]:
        """Parse one line after another."""
        return map(self._parse, self._lines)

    @overload
    def __getitem__(self, place: int) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...

    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        """Return one member, or the members of a slice."""
        if isinstance(place, slice):
            return ParsedLines(self._lines[place], self._parse)
        return self._parse(self._lines[place])
