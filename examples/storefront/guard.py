"""Calls of Lookalike that may fail or take long: a block of a page is lost, never the page."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from lookalike.errors import LookalikeError, NotReachable, ServerProblem
from lookalike.models import BoughtTogether, Match, NewItem, Recommendation

PAUSE_S = 5.0  # after a server has not responded, nothing is requested for so long
SHARED_S = 60.0  # for so long, all visitors get the same answer

T = TypeVar("T")
Row = Match | Recommendation | BoughtTogether | NewItem
log = logging.getLogger(__name__)


class Guard:
    """Sends requests for blocks of pages; stops for a while when Lookalike has failed."""

    def __init__(self) -> None:
        self._paused_until: dict[str, float] = {}
        self._shared: dict[str, tuple[float, Sequence[str]]] = {}

    def call(self, block: str, request: Callable[[], T]) -> T | None:
        """Return the answer to a request; None if Lookalike fails or is paused."""
        if any(time.monotonic() < self._paused_until.get(name, 0) for name in (block, "server")):
            return None
        try:
            return request()
        except LookalikeError as error:
            log.warning("no %s from Lookalike: %s", block, error)
            if isinstance(error, NotReachable):  # dead or slow, so other blocks need not try
                self._paused_until["server"] = time.monotonic() + PAUSE_S
            elif isinstance(error, ServerProblem) and error.retry_after_s:  # 429 and 503
                self._paused_until[block] = time.monotonic() + error.retry_after_s
            return None

    def skus(self, block: str, request: Callable[[], Iterable[Row]]) -> Sequence[str]:
        """Return the SKUs of an answer, best first; none if there is no answer."""
        return [row.sku for row in self.call(block, request) or ()]

    def shared_skus(self, block: str, request: Callable[[], Iterable[Row]]) -> Sequence[str]:
        """Return an answer that is the same for all visitors: if need be, the last good one."""
        until, skus = self._shared.get(block, (0.0, ()))
        if time.monotonic() < until or not (answer := self.skus(block, request)):
            return skus
        self._shared[block] = time.monotonic() + SHARED_S, answer
        return answer
