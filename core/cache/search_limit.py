"""A limit on concurrent searches that adapts to how fast the workers answer them.

As in TCP's congestion control, each answer raises the limit by one, and each search that fails with
`Unavailable` halves it. While a worker or Milvus is frozen, a few searches test it, and all others
are rejected immediately instead of waiting in vain.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import Unavailable

MAX_SEARCHES = 200
MIN_SEARCHES = 4


class SearchLimit:
    """Counts the searches in progress, within one event loop."""

    def __init__(self, largest: int = MAX_SEARCHES, smallest: int = MIN_SEARCHES) -> None:
        self._largest, self._smallest = largest, smallest
        self._limit = float(largest)
        self._running = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Run one search inside the block.

        Raises:
            Unavailable: more searches are running than can be answered in time.
        """
        if self._running >= int(self._limit):
            raise Unavailable("too many searches are waiting for a search worker; retry later")
        self._running += 1
        try:
            yield
        except Unavailable:
            self._limit = max(self._smallest, self._limit / 2)
            raise
        else:
            self._limit = min(self._largest, self._limit + 1)
        finally:
            self._running -= 1
