import threading
import time

import pytest

from core.cache.rate_limit import BURST_S, Buckets, Rates
from core.connections.redis_client import connect
from core.errors import TooMany
from tests.support.servers import free_port, redis_server


def allowed(call, times):
    """How many of so many calls in a row were not refused."""
    count = 0
    for _ in range(times):
        try:
            call("ann")
        except TooMany:
            continue
        count += 1
    return count


def nowhere():
    return connect(f"redis://127.0.0.1:{free_port()}/0", timeout_s=0.2)


def test_who_was_quiet_may_burst_and_then_waits():
    rates = Rates(nowhere(), reads=60, writes=0)
    assert allowed(rates.read, 100) == BURST_S
    with pytest.raises(TooMany, match="60 requests a minute") as refused:
        rates.read("ann")
    assert refused.value.wait_s == 1
    rates.read("bob")


def test_a_bucket_fills_again_as_fast_as_the_limit():
    buckets = Buckets(6_000)
    while not buckets.take("ann"):
        pass
    time.sleep(0.1)
    assert 9 <= sum(not buckets.take("ann") for _ in range(100)) <= 30


def test_many_names_do_not_fill_the_memory():
    buckets = Buckets(60)
    for number in range(25_000):
        buckets.take(str(number))
    assert len(buckets._left) <= 10_000


def test_zero_is_no_limit():
    rates = Rates(nowhere(), reads=0, writes=0)
    assert allowed(rates.read, 1000) == allowed(rates.write, 1000) == 1000


def test_without_redis_writes_are_counted_here_and_do_not_wait_for_it():
    rates = Rates(nowhere(), reads=0, writes=60)
    begun = time.monotonic()
    assert BURST_S <= allowed(rates.write, 100) <= BURST_S + 2
    assert time.monotonic() - begun < 2


@pytest.mark.stack
def test_processes_count_writes_together(tmp_path):
    with redis_server(tmp_path) as url:
        both = [Rates(connect(url), reads=0, writes=60) for _ in range(2)]
        counts, begun = [], time.monotonic()
        threads = [
            threading.Thread(target=lambda one=one: counts.append(allowed(one.write, 50)))
            for one in both
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - begun
        assert BURST_S <= sum(counts) <= BURST_S + 1 + took
        assert connect(url).pttl("lookalike:rate:ann") > 0
