import time

import pytest

from core.cache.worker_registry import EncoderReport, Presence, WorkerReport
from core.connections.redis_client import connect
from core.domain import EncoderIdentity
from core.errors import Unavailable
from tests.support.servers import free_port, redis_server

pytestmark = pytest.mark.stack

LITE0 = EncoderIdentity("efficientnet-lite0", 1280, "abc", "square-1, gem-3")


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield connect(url)


@pytest.fixture
def presence(redis):
    redis.flushall()
    return Presence(redis)


def report(host, *queues):
    return WorkerReport(
        host=host,
        queues=queues,
        encoders={"a": EncoderReport(weights="missing", detail="fetch it")},
        loaded=("abc",),
    )


def test_a_worker_is_alive_as_long_as_it_said(presence):
    presence.say_alive(["embed"], for_s=60)
    assert presence.alive("embed")
    assert not presence.alive("train")


def test_reports_come_back_as_they_were_given(presence):
    first, second = report("one", "embed"), report("two", "search")
    presence.tell("one-1", first, for_s=60)
    presence.tell("two-1", second, for_s=60)
    assert sorted(presence.reports(), key=lambda r: r.host) == [first, second]
    assert presence.reports("search") == [second]


def test_the_last_report_of_a_worker_counts(presence):
    presence.tell("one-1", report("one", "embed"), for_s=60)
    presence.tell("one-1", report("one", "search"), for_s=60)
    assert presence.reports() == [report("one", "search")]


def test_a_worker_that_has_gone_is_forgotten(presence, redis):
    presence.tell("one-1", report("one", "embed"), for_s=1)
    until = time.monotonic() + 10
    while presence.reports() and time.monotonic() < until:
        time.sleep(0.05)
    assert presence.reports() == []
    assert redis.keys() == []


def test_a_network_that_is_wanted_is_told_once(presence):
    presence.want(LITE0)
    presence.want(LITE0)
    assert presence.wanted() == [LITE0]


def test_without_redis_it_says_so():
    with pytest.raises(Unavailable):
        Presence(connect(f"redis://127.0.0.1:{free_port()}/0")).reports()
