import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.cache import search_client, search_queue
from core.cache.search_messages import ERRORS, SearchMatch, SearchRequest, SearchResponse
from core.cache.search_queue import MAX_QUEUED, QUEUE, SearchQueue
from core.connections.redis_client import connect
from core.errors import CoreError, NotFound, Unavailable
from tests.support.event_loops import in_event_loop
from tests.support.searches import open_client, send_searches
from tests.support.servers import free_port, redis_server
from tests.support.shop_client import eventually

pytestmark = pytest.mark.stack

REQUEST = SearchRequest(collection="shop", limit=3, filter='{"kind": "hat"}')


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def queue(url):
    redis = connect(url)
    redis.flushall()
    return SearchQueue(redis, timeout_s=5)


def search(url, *images, timeout_s=5):
    """Search with all images at once; return the response or the error of each."""
    return send_searches(url, *((REQUEST, image) for image in images), timeout_s=timeout_s)


def start_search(url, *images, timeout_s=5):
    return ThreadPoolExecutor(1).submit(search, url, *images, timeout_s=timeout_s)


def response_with(sku):
    match = SearchMatch(sku=sku, view="main", score=0.5, attributes={"n": 10**400, "x": [None]})
    return SearchResponse(matches=(match,), timings={"total_ms": 1.25})


def test_each_response_reaches_the_caller_of_its_request(url, queue):
    searches = start_search(url, b"a", b"b"), start_search(url, b"c")
    taken = [queue.take(wait_s=5) for _ in range(3)]
    for queued in reversed(taken):
        assert queued.request == REQUEST
        queue.respond(queued, response_with(queued.image.decode()))
    assert searches[0].result() == [response_with("a"), response_with("b")]
    assert searches[1].result() == [response_with("c")]


@pytest.mark.parametrize("error", [*ERRORS.values(), CoreError])
def test_the_error_of_a_search_reaches_the_caller(url, queue, error):
    running = start_search(url, b"")
    queue.respond(queue.take(wait_s=5), SearchResponse.failed(error("no such item")))
    (raised,) = running.result()
    assert (type(raised), str(raised)) == (error, "no such item")


def test_an_unknown_error_code_becomes_a_general_error():
    class Other(NotFound):
        code = "other"

    with pytest.raises(CoreError, match="deleted") as raised:
        SearchResponse.failed(Other("deleted")).raise_for_problem()
    assert type(raised.value) is CoreError


def test_a_search_is_taken_once(url, queue):
    running = start_search(url, b"")
    taken = queue.take(wait_s=5)
    assert queue.take(wait_s=0.1) is None
    queue.respond(taken, SearchResponse())
    assert running.result() == [SearchResponse()]


def test_a_search_without_a_worker_ends_in_time_and_its_request_expires(url, queue):
    (error,) = search(url, b"", timeout_s=0.2)
    assert (type(error), "no search worker" in str(error)) == (Unavailable, True)
    assert queue.length() == 1
    eventually(lambda: not connect(url).keys("lookalike:search-request:*"))
    assert queue.take(wait_s=1) is None
    assert queue.length() == 0


def test_a_full_queue_rejects_searches_at_once(url, queue, monkeypatch):
    monkeypatch.setattr(search_client, "MAX_DELAY_S", 60)
    responses = search(url, *[b""] * (MAX_QUEUED + 5), timeout_s=1)
    rejected = [error for error in responses if "too many searches" in str(error)]
    assert (len(rejected), queue.length()) == (5, MAX_QUEUED)


def test_a_search_is_rejected_while_an_older_one_has_waited_for_too_long(url, queue):
    seconds, _ = connect(url).time()
    connect(url).rpush(QUEUE, f"{seconds * 1000 - 2000} forgotten")
    (error,) = search(url, b"")
    assert (type(error), "too many searches" in str(error)) == (Unavailable, True)
    assert queue.take(wait_s=1) is None  # no search waits for it any more
    running = start_search(url, b"")
    queue.respond(queue.take(wait_s=5), SearchResponse())
    assert running.result() == [SearchResponse()]


def test_a_worker_rejects_a_search_that_has_waited_for_too_long(url, queue, monkeypatch):
    monkeypatch.setattr(search_queue, "MAX_WAIT_S", -1)
    running = start_search(url, b"")
    assert queue.take(wait_s=5) is None
    (error,) = running.result()
    assert (type(error), "too many searches" in str(error)) == (Unavailable, True)


def test_without_redis_it_is_unavailable():
    (error,) = search(f"redis://127.0.0.1:{free_port()}/0", b"", timeout_s=60)
    assert type(error) is Unavailable
    assert "Redis" in str(error)


def test_waiting_callers_are_told_at_once_when_redis_stops(tmp_path):
    async def run():
        async with open_client(url, 3600) as client:
            running = [asyncio.create_task(client.search(REQUEST)) for _ in range(3)]
            while queue.length() < 3:
                await asyncio.sleep(0.01)
            stop.start()
            return await asyncio.gather(*running, return_exceptions=True)

    with redis_server(tmp_path) as url:
        queue = SearchQueue(connect(url), timeout_s=5)
        stop = threading.Thread(target=connect(url).shutdown, kwargs={"nosave": True})
        errors = in_event_loop(run)
        assert {type(error) for error in errors} == {Unavailable}
