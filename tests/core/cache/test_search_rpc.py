import threading

import pytest

from core.cache.search_rpc import Exchange, Question
from core.connections.redis_client import connect
from core.errors import Unavailable
from tests.support.servers import free_port, redis_server

pytestmark = pytest.mark.stack

ASKED = Question(collection="shop", limit=3, filter='{"kind": "hat"}')


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield connect(url)


def test_an_answer_reaches_the_one_who_asked(redis):
    exchange = Exchange(redis, timeout_s=5)
    first, second = exchange.ask(ASKED, b"picture"), exchange.ask(ASKED, b"other")
    assert exchange.question(first) == (ASKED, b"picture")
    exchange.answer(second, {"matches": [2]})
    exchange.answer(first, {"matches": [1]})
    assert exchange.wait(first) == {"matches": [1]}
    assert exchange.wait(second) == {"matches": [2]}


def test_a_question_is_taken_up_once(redis):
    exchange = Exchange(redis, timeout_s=5)
    asked = exchange.ask(ASKED)
    assert exchange.question(asked) is not None
    assert exchange.question(asked) is None


def test_a_question_ends_when_its_asker_has_given_up(redis):
    exchange = Exchange(redis, timeout_s=0.2)
    asked = exchange.ask(ASKED)
    with pytest.raises(Unavailable, match="no search worker"):
        exchange.wait(asked)
    assert exchange.question(asked) is None


def test_the_asker_waits_until_the_answer_comes(redis):
    exchange = Exchange(redis, timeout_s=5)
    asked = exchange.ask(ASKED)
    threading.Timer(0.3, exchange.answer, (asked, {"matches": []})).start()
    assert exchange.wait(asked) == {"matches": []}


def test_without_redis_it_says_so():
    exchange = Exchange(connect(f"redis://127.0.0.1:{free_port()}/0"), timeout_s=1)
    with pytest.raises(Unavailable):
        exchange.ask(ASKED)
