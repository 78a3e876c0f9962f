"""Searches by SKU through a real Redis; the vectors are in memory."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from core.cache import search_client, search_queue
from core.cache.search_messages import SearchRequest
from core.cache.search_queue import SearchQueue
from core.connections.redis_client import connect
from core.errors import CoreError, NotFound
from core.pipelines.search import Searcher
from core.vectors import VectorRow
from tests.support.items import delete_item
from tests.support.memory_vectors import MemoryVectors
from tests.support.searches import send_searches
from tests.support.servers import redis_server
from tests.support.shop_client import PATIENCE_S, eventually
from tests.support.trainable_shop import make_shop, open_services
from workers.search_threads import SearchThreads

pytestmark = pytest.mark.stack


class SlowVectors(MemoryVectors):
    """A store whose searches wait until they are released; it records how many share each call."""

    def __init__(self):
        super().__init__()
        self.calls = []
        self.release = threading.Event()
        self.error = None

    def nearest_each(self, index, vectors, **options):
        self.calls.append(len(vectors))
        assert self.release.wait(PATIENCE_S)
        if self.error:
            raise self.error
        return super().nearest_each(index, vectors, **options)


class SearchWorker:
    """Search threads for a shop of forty items on a circle, in the order of their numbers."""

    def __init__(self, url, services):
        self.url, self.vectors = url, SlowVectors()
        self.services = replace(services, vectors=self.vectors)
        self.shop = make_shop(services)
        self.queue = SearchQueue(connect(url), timeout_s=5)
        index = self.shop.collection.index_name
        self.vectors.create(index, 2)
        angles = np.linspace(0, 1, 40)
        vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        self.vectors.upsert(index, [VectorRow(str(n), "main", v) for n, v in enumerate(vectors)])
        self.threads = SearchThreads(self.queue, Searcher(self.services), embedding=2)
        self.threads.start()

    def search(self, *skus, **options):
        requests = [SearchRequest(collection="shop", sku=sku, **options) for sku in skus]
        return send_searches(self.url, *((request,) for request in requests), timeout_s=PATIENCE_S)

    def start_search(self, *skus):
        return ThreadPoolExecutor(1).submit(self.search, *skus)


@pytest.fixture
def worker(tmp_path, monkeypatch):
    """A worker that rejects no search because it waits, which it may on a busy machine."""
    monkeypatch.setattr(search_client, "MAX_DELAY_S", PATIENCE_S)
    monkeypatch.setattr(search_queue, "MAX_WAIT_S", PATIENCE_S)
    with redis_server(tmp_path / "cache") as url, open_services(tmp_path) as services:
        worker = SearchWorker(url, services)
        yield worker
        worker.vectors.release.set()
        worker.threads.stop_taking()
        worker.threads.join()


def test_a_search_by_item_finds_its_neighbours_but_neither_itself_nor_deleted_items(worker):
    worker.vectors.release.set()
    (response,) = worker.search("0", limit=3)
    assert [match.sku for match in response.matches] == ["1", "2", "3"]
    delete_item(worker.services.items(worker.shop.collection), "2")
    (response,) = worker.search("0", limit=3)
    assert [match.sku for match in response.matches] == ["1", "3", "4"]


def test_searches_that_arrive_during_a_call_share_the_next_call(worker):
    first = worker.start_search("0")
    eventually(lambda: worker.vectors.calls == [1])
    others = worker.start_search(*map(str, range(1, 9)))
    eventually(lambda: sum(map(len, _waiting(worker))) == 8)
    worker.vectors.release.set()
    nearest = [response.matches[0].sku for response in (*first.result(), *others.result())]
    assert nearest[0] == "1"
    assert all(abs(int(sku) - number) == 1 for number, sku in enumerate(nearest))
    assert worker.vectors.calls == [1, 8]


def _waiting(worker):
    searcher = worker.threads._searcher
    return list(searcher._nearest._waiting.values())


def test_a_stopping_worker_answers_what_it_took_and_takes_no_more(worker):
    taken = worker.start_search("0")
    eventually(lambda: worker.vectors.calls == [1])
    worker.threads.stop_taking()
    eventually(lambda: sum(thread.is_alive() for thread in worker.threads._threads) == 1)
    later = worker.start_search("1")
    eventually(lambda: worker.queue.length() == 1)
    worker.vectors.release.set()
    worker.threads.join()
    assert taken.result()[0].matches[0].sku == "1"
    assert worker.queue.length() == 1
    del later


def test_errors_reach_their_callers_and_end_no_thread(worker):
    worker.vectors.release.set()
    (unknown,) = worker.search("nowhere")
    assert (type(unknown), "nowhere" in str(unknown)) == (NotFound, True)
    worker.vectors.error = ZeroDivisionError("a bug")
    errors = worker.search(*["0"] * 30)
    assert {type(error) for error in errors} == {CoreError}
    assert all("internal error" in str(error) for error in errors)
    worker.vectors.error = None
    assert len(worker.search(*["0"] * 30)) == 30
