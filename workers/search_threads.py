"""The threads of worker-search that answer searches, beside the Celery tasks of this process."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down

from core.cache.search_messages import SearchResponse
from core.cache.search_queue import QueuedSearch, SearchQueue
from core.errors import CoreError
from core.observability import logs, tracing
from core.pipelines.search import Searcher
from workers.app import worker_kind
from workers.background_threads import ErrorLog
from workers.dependencies import worker_services

log = logging.getLogger(__name__)

THREADS = 12
"""Searches at a time; most of them wait for Milvus, and share its next call."""
TAKE_S = 0.5
PAUSE_S = 0.5


class SearchThreads:
    """Takes searches from the queue and answers them.

    Only `embedding` threads at a time take a search and embed its image, so that the searches that
    have to wait do so in the queue, where another worker may take them.
    """

    def __init__(self, queue: SearchQueue, searcher: Searcher, *, embedding: int) -> None:
        self._queue, self._searcher = queue, searcher
        self._embedding = threading.Semaphore(embedding)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"search-{number}", daemon=True)
            for number in range(THREADS)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop_taking(self) -> None:
        """Take no more searches; those already taken are still answered."""
        self._stopping.set()

    def join(self) -> None:
        """Wait until all searches are answered, after `stop_taking`."""
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        errors = ErrorLog("taking searches")
        while not self._stopping.is_set():
            if not errors.run(self._answer_next):
                self._stopping.wait(PAUSE_S)

    def _answer_next(self) -> None:
        with ExitStack() as embedding:
            embedding.enter_context(self._embedding)
            search = None if self._stopping.is_set() else self._queue.take(wait_s=TAKE_S)
            if search:
                with _context(search.headers):
                    self._queue.respond(search, self._answer(search, embedding.close))

    def _answer(self, search: QueuedSearch, end_embedding: Callable[[], None]) -> SearchResponse:
        try:
            query = self._searcher.embed(search.request, search.image)
            end_embedding()
            response = self._searcher.find(query, can_wait=search.has_followers)
        except CoreError as exc:
            log.info("a search failed: %s", exc.detail)
            return SearchResponse.failed(exc)
        except Exception:
            log.exception("a search failed with an unexpected error")
            return SearchResponse.failed(CoreError("internal error; see the log of the worker"))
        log.info("answered a search in %.1f ms", response.timings["total_ms"])
        return response


@contextmanager
def _context(headers: Mapping[str, str]) -> Iterator[None]:
    """Set the log and trace context of the HTTP request behind a search."""
    request, trace = logs.request_id.set(headers.get("request_id", "")), tracing.attach(headers)
    try:
        with tracing.span("search"):
            yield
    finally:
        tracing.detach(trace)
        logs.request_id.reset(request)


@worker_ready.connect
def _start(sender: Any, **_: Any) -> None:
    """Start the threads in worker-search, and stop them when Celery stops."""
    if worker_kind(sender) == "search":
        worker = worker_services()
        searcher, streams = Searcher(worker.services), worker.settings.encoders.streams
        # one more than can embed at a time, so that it decodes meanwhile
        threads = SearchThreads(worker.search_queue, searcher, embedding=streams + 1)
        threads.start()
        worker_shutting_down.connect(lambda **_: threads.stop_taking(), weak=False)
        worker_shutdown.connect(lambda **_: threads.join(), weak=False)
