import time

import pytest

from core.connections.redis_client import connect
from core.errors import Unavailable
from core.jobs import Locks
from tests.support.faults.faulty_link import faulty_link
from tests.support.servers import redis_server
from tests.support.shop_client import eventually

LOCK_TTL_S = 2


@pytest.fixture
def cable(tmp_path):
    with redis_server(tmp_path) as url, faulty_link(url) as cable:
        yield cable


@pytest.fixture
def locks(cable):
    return Locks(connect(cable.url), wait_s=5, ttl_s=LOCK_TTL_S)


def test_a_lock_is_renewed_while_its_holder_works(cable):
    redis, locks = connect(cable.url), Locks(connect(cable.url), ttl_s=2 * LOCK_TTL_S)
    with locks.exclusive("shop") as ensure_held:
        redis.expire("lookalike:lock:shop", LOCK_TTL_S)  # as if that much time had passed
        eventually(lambda: redis.pttl("lookalike:lock:shop") > LOCK_TTL_S * 1000)
        ensure_held()


def test_a_holder_that_is_cut_off_knows_before_another_can_get_the_lock(locks, cable):
    with locks.exclusive("shop") as ensure_held, cable.interrupted():
        ensure_held()
        with pytest.raises(Unavailable):
            eventually(ensure_held)  # it returns nothing: only its error ends this


@pytest.mark.slow
def test_a_holder_knows_that_another_had_the_lock_meanwhile(locks, cable):
    with locks.exclusive("shop") as ensure_held:
        with cable.interrupted():
            time.sleep(LOCK_TTL_S * 1.5)
        with locks.exclusive("shop"):
            time.sleep(LOCK_TTL_S / 2)
        with pytest.raises(Unavailable):
            ensure_held()
    with locks.exclusive("shop") as ensure_held:
        ensure_held()


@pytest.mark.slow
def test_an_interval_and_a_lock_do_not_outlast_a_clock_that_was_set_back(locks, cable):
    redis = connect(cable.url)
    assert locks.acquire_interval("cleanup", 0.2)
    for key in ("lookalike:once:cleanup", "lookalike:lock:shop"):
        redis.set(key, b"1", px=7_200_000)  # a key that had 0.2 s left two hours ago
    assert not locks.acquire_interval("cleanup", 0.2)
    with locks.exclusive("shop"):  # its dead holder's time is over after LOCK_TTL_S
        assert locks.acquire_interval("cleanup", 0.2)


def test_an_interval_is_acquired_once(locks):
    assert [locks.acquire_interval("cleanup", 60) for _ in range(2)] == [True, False]
    assert locks.acquire_interval("other", 0.2)
    time.sleep(0.3)
    assert locks.acquire_interval("other", 0.2)
