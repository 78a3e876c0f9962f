import time

import pytest

from core.cache.worker_registry import EncoderReport, WorkerRegistry, WorkerReport
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
def registry(redis):
    redis.flushall()
    return WorkerRegistry(redis)


def report(host, kind):
    return WorkerReport(
        host=host,
        kind=kind,
        encoders={"a": EncoderReport(weights="missing", detail="fetch it")},
        loaded=("abc",),
    )


def test_a_heartbeat_marks_a_queue_as_alive(registry):
    registry.heartbeat(["embed"], for_s=60)
    assert registry.is_alive("embed")
    assert not registry.is_alive("train")


def test_a_heartbeat_does_not_outlast_a_clock_that_was_set_back(registry, redis):
    registry.heartbeat(["embed"], for_s=15)
    redis.expire("lookalike:alive:embed", 7200)  # as a clock of two hours ago makes of it
    assert not registry.is_alive("embed")
    registry.heartbeat(["embed"], for_s=15)
    assert registry.is_alive("embed")


def test_reports_come_back_as_they_were_published(registry):
    first, second = report("one", "embed"), report("two", "search")
    registry.publish_report("one-1", first, for_s=60)
    registry.publish_report("two-1", second, for_s=60)
    assert sorted(registry.reports(), key=lambda r: r.host) == [first, second]
    assert registry.reports("search") == [second]


def test_the_latest_report_of_a_worker_replaces_earlier_ones(registry):
    registry.publish_report("one-1", report("one", "embed"), for_s=60)
    registry.publish_report("one-1", report("one", "search"), for_s=60)
    assert registry.reports() == [report("one", "search")]


def test_the_report_of_a_dead_worker_expires(registry, redis):
    registry.publish_report("one-1", report("one", "embed"), for_s=1)
    deadline = time.monotonic() + 10
    while registry.reports() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert registry.reports() == []
    assert redis.keys() == []


def test_metrics_come_back_by_worker(registry):
    registry.publish_metrics("search@one-1", b"a 1\n", for_s=60)
    registry.publish_metrics("embed@one-2", b"a 2\n", for_s=60)
    assert registry.metrics() == {"embed@one-2": "a 2\n", "search@one-1": "a 1\n"}
    assert registry.reports() == []


def test_a_preload_request_is_listed_once(registry):
    registry.request_preload(LITE0)
    registry.request_preload(LITE0)
    assert registry.preload_requests() == [LITE0]


def test_without_redis_all_calls_raise_unavailable():
    with pytest.raises(Unavailable):
        WorkerRegistry(connect(f"redis://127.0.0.1:{free_port()}/0")).reports()
