import threading
import time

import pytest

from core.cache.rate_limit import BURST_S, LocalTokenBuckets, RateLimiter
from core.connections.redis_client import connect
from core.errors import TooManyRequests
from tests.support.servers import free_port, redis_server


def allowed(call, times):
    """Return how many of so many calls in a row were not refused."""
    count = 0
    for _ in range(times):
        try:
            call("ann")
        except TooManyRequests:
            continue
        count += 1
    return count


def unreachable_redis():
    return connect(f"redis://127.0.0.1:{free_port()}/0", timeout_s=0.2)


def test_an_idle_client_can_send_a_burst_and_must_then_wait():
    limiter = RateLimiter(unreachable_redis(), reads=60, writes=0)
    assert allowed(limiter.count_read, 100) == BURST_S
    with pytest.raises(TooManyRequests, match="60 requests per minute") as refused:
        limiter.count_read("ann")
    assert refused.value.wait_s == 1
    limiter.count_read("bob")


def test_a_bucket_fills_again_as_fast_as_the_limit():
    buckets = LocalTokenBuckets(6_000)
    while not buckets.take("ann"):
        pass
    time.sleep(0.1)
    assert 9 <= sum(not buckets.take("ann") for _ in range(100)) <= 30


def test_many_clients_do_not_fill_the_memory():
    buckets = LocalTokenBuckets(60)
    for number in range(25_000):
        buckets.take(str(number))
    assert len(buckets._buckets) <= 10_000


def test_zero_means_unlimited():
    limiter = RateLimiter(unreachable_redis(), reads=0, writes=0)
    assert allowed(limiter.count_read, 1000) == allowed(limiter.count_write, 1000) == 1000


def test_without_redis_writes_are_counted_locally_and_without_delay():
    limiter = RateLimiter(unreachable_redis(), reads=0, writes=60)
    started = time.monotonic()
    assert BURST_S <= allowed(limiter.count_write, 100) <= BURST_S + 2
    assert time.monotonic() - started < 2


@pytest.mark.stack
def test_processes_count_writes_together(tmp_path):
    with redis_server(tmp_path) as url:
        limiters = [RateLimiter(connect(url), reads=0, writes=60) for _ in range(2)]
        counts, started = [], time.monotonic()
        threads = [
            threading.Thread(
                target=lambda limiter=limiter: counts.append(allowed(limiter.count_write, 50))
            )
            for limiter in limiters
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - started
        assert BURST_S <= sum(counts) <= BURST_S + 1 + took
        assert connect(url).pttl("lookalike:rate:ann") > 0


@pytest.mark.stack
def test_a_bucket_fills_again_though_the_clock_was_set_back(tmp_path):
    with redis_server(tmp_path) as url:
        limiter, redis = RateLimiter(connect(url), reads=0, writes=6_000), connect(url)
        limiter.count_write("ann")
        in_two_hours = int(time.time() + 7200) * 1000  # as if now were two hours ago
        redis.hset("lookalike:rate:ann", mapping={"tokens": "0", "at": in_two_hours})
        with pytest.raises(TooManyRequests):
            limiter.count_write("ann")
        time.sleep(0.05)
        limiter.count_write("ann")
