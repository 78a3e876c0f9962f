import time

import pytest

from core.connections.redis_client import connect
from core.errors import Unavailable
from core.jobs import Locks
from tests.support.faulty_link import link
from tests.support.servers import redis_server

HELD_S = 2


@pytest.fixture
def cable(tmp_path):
    with redis_server(tmp_path) as url, link(url) as made:
        yield made


@pytest.fixture
def locks(cable):
    return Locks(connect(cable.url, timeout_s=0.3), wait_s=5, held_s=HELD_S)


def test_who_works_for_longer_than_a_lock_lasts_keeps_it(locks):
    with locks.changing("shop") as held:
        time.sleep(1.5 * HELD_S)
        held()


def test_who_is_cut_off_is_told_before_another_can_have_the_lock(locks, cable):
    with locks.changing("shop") as held, cable.pulled():
        held()
        time.sleep(HELD_S * 0.8)
        with pytest.raises(Unavailable):
            held()


def test_who_is_back_after_another_had_the_lock_is_told(locks, cable):
    with locks.changing("shop") as held:
        with cable.pulled():
            time.sleep(HELD_S * 1.5)
        with locks.changing("shop"):
            time.sleep(HELD_S / 2)
        with pytest.raises(Unavailable):
            held()
    with locks.changing("shop") as held:
        held()
