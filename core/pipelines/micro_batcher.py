"""Micro-batching: threads whose queries arrive during a call share the next call."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Condition
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Query = TypeVar("Query")
Result = TypeVar("Result")


ENOUGH = 3
"""Queries that do not wait for more; a call costs little more for each further one."""


class MicroBatcher(Generic[Key, Query, Result]):
    """Answers the queries of many threads with few calls of a function, one at a time for each key.

    A query waits for a running call, and only with patience for more queries to arrive. The next
    call, in the thread of one of the waiting queries, answers all of them; an error in it reaches
    all of them.
    """

    def __init__(self, answer_all: Callable[[Key, list[Query]], list[Result]]) -> None:
        self._answer_all = answer_all
        self._changed = Condition()
        self._running: set[Key] = set()
        self._waiting: dict[Key, list[tuple[Query, Future[Result]]]] = {}

    def __call__(self, key: Key, query: Query, *, patience_s: float = 0) -> Result:
        """Return the result for a query, from a call with all waiting queries of this key.

        Args:
            patience_s: How long the query may wait until there are `ENOUGH`.
        """
        future: Future[Result] = Future()
        with self._changed:
            self._waiting.setdefault(key, []).append((query, future))
            if self._has_enough(key):
                self._changed.notify_all()
            elif patience_s:
                self._changed.wait_for(lambda: self._has_enough(key) or future.done(), patience_s)
            self._changed.wait_for(lambda: future.done() or key not in self._running)
            if future.done():
                return future.result()
            self._running.add(key)
            batch = self._waiting.pop(key)
        try:
            self._answer(key, batch)
        finally:
            with self._changed:
                self._running.remove(key)
                self._changed.notify_all()
        return future.result()

    def _has_enough(self, key: Key) -> bool:
        return len(self._waiting.get(key, ())) >= ENOUGH

    def _answer(self, key: Key, batch: list[tuple[Query, Future[Result]]]) -> None:
        try:
            results = self._answer_all(key, [query for query, _ in batch])
        except BaseException as exc:
            for _, future in batch:
                future.set_exception(exc)
            raise
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)
