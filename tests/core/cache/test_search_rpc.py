import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.cache.search_rpc import (
    ERRORS,
    SearchMatch,
    SearchRequest,
    SearchResponse,
    SearchResponses,
    SearchRpc,
)
from core.connections.redis_client import connect, connect_async
from core.errors import CoreError, NotFound, Unavailable
from tests.support.servers import free_port, redis_server

pytestmark = pytest.mark.stack

REQUEST = SearchRequest(collection="shop", limit=3, filter='{"kind": "hat"}')


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        redis = connect(url)
        redis.url = url
        yield redis


def wait(redis, request_id, timeout_s=5):
    async def response():
        responses = SearchResponses(
            connect_async(redis.url, timeout_s=timeout_s + 2, retries=0), timeout_s=timeout_s
        )
        try:
            return await responses.wait(request_id)
        finally:
            await responses.close()

    with ThreadPoolExecutor(1) as pool:  # other tests' browser may run an event loop in this thread
        return pool.submit(asyncio.run, response()).result()


def response_with(sku):
    match = SearchMatch(sku=sku, view="main", score=0.5, attributes={"n": 10**400, "x": [None]})
    return SearchResponse(matches=(match,), timings={"total_ms": 1.25})


def test_a_response_reaches_the_caller_of_its_request(redis):
    search_rpc = SearchRpc(redis, timeout_s=5)
    first, second = search_rpc.send(REQUEST, b"image"), search_rpc.send(REQUEST, b"other")
    assert search_rpc.take(first) == (REQUEST, b"image")
    search_rpc.respond(second, response_with("b"))
    search_rpc.respond(first, response_with("a"))
    assert wait(redis, first) == response_with("a")
    assert wait(redis, second) == response_with("b")


@pytest.mark.parametrize("error", [*ERRORS.values(), CoreError])
def test_the_error_of_a_search_reaches_the_caller(redis, error):
    search_rpc = SearchRpc(redis, timeout_s=5)
    request_id = search_rpc.send(REQUEST)
    search_rpc.respond(request_id, SearchResponse.failed(error("no such item")))
    with pytest.raises(error, match="no such item") as raised:
        wait(redis, request_id).raise_for_problem()
    assert type(raised.value) is error


def test_an_unknown_error_code_becomes_a_general_error():
    class Other(NotFound):
        code = "other"

    with pytest.raises(CoreError, match="deleted") as raised:
        SearchResponse.failed(Other("deleted")).raise_for_problem()
    assert type(raised.value) is CoreError


def test_a_request_is_taken_once(redis):
    search_rpc = SearchRpc(redis, timeout_s=5)
    request_id = search_rpc.send(REQUEST)
    assert search_rpc.take(request_id) is not None
    assert search_rpc.take(request_id) is None


def test_a_request_expires_when_its_caller_has_given_up(redis):
    search_rpc = SearchRpc(redis, timeout_s=0.2)
    request_id = search_rpc.send(REQUEST)
    with pytest.raises(Unavailable, match="no search worker"):
        wait(redis, request_id, 0.2)
    assert search_rpc.take(request_id) is None


def test_the_caller_waits_until_the_response_arrives(redis):
    search_rpc = SearchRpc(redis, timeout_s=5)
    request_id = search_rpc.send(REQUEST)
    threading.Timer(0.3, search_rpc.respond, (request_id, SearchResponse())).start()
    assert wait(redis, request_id) == SearchResponse()


def test_without_redis_it_is_unavailable():
    search_rpc = SearchRpc(connect(f"redis://127.0.0.1:{free_port()}/0"), timeout_s=1)
    with pytest.raises(Unavailable):
        search_rpc.send(REQUEST)


def test_a_waiting_caller_is_told_at_once_when_redis_stops(tmp_path):
    with redis_server(tmp_path) as url:
        redis = connect(url)
        redis.url = url
        threading.Timer(0.5, redis.shutdown, kwargs={"nosave": True}).start()
        started = time.monotonic()
        with pytest.raises(Unavailable, match="Redis"):
            wait(redis, "a search", 30)
        assert time.monotonic() - started < 5
