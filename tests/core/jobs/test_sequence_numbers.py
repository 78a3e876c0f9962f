"""The numbers of requests grow, whatever happens to Redis, as long as the store is kept."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.connections.redis_client import connect
from core.errors import Unavailable
from core.jobs import JobKind, Ledger, NewJob
from core.jobs.ledger_reader import PREFIX
from core.storage import ReservedNumbers, open_backend
from tests.support.servers import redis_server

pytestmark = pytest.mark.stack

NEW = NewJob(kind=JobKind.INGEST, collection="shop")
HOUR_US = 3_600_000_000


@pytest.fixture
def numbers(tmp_path):
    return ReservedNumbers(open_backend((tmp_path / "store").as_uri()))


def issue_all_ways(ledger):
    once, _ = ledger.create_once(NewJob(kind=JobKind.TRAIN, collection="shop"))
    changes, _ = ledger.record_changes("shop", ["a"])
    return [ledger.create(NEW).sequence, once.sequence, changes.sequence, ledger.next_sequence()]


def issue_as_if_the_clock_were_ahead(ledger):
    """Return a number that the clock reaches in an hour."""
    ahead = ledger.next_sequence() + HOUR_US
    ledger._redis.hset(f"{PREFIX}sequence", "last", ahead)
    return ledger.next_sequence()


def test_numbers_grow_after_a_loss_of_redis_although_its_clock_was_set_back(redis, numbers):
    ledger = Ledger(redis, reserve=numbers.reserve)
    before = issue_as_if_the_clock_were_ahead(ledger)
    redis.flushall()
    assert min(issue_all_ways(ledger)) > before


def test_numbers_grow_after_redis_was_restored_from_an_older_copy(tmp_path, numbers):
    with redis_server(tmp_path / "redis") as url:
        ledger = Ledger(connect(url), reserve=numbers.reserve)
        ledger.next_sequence()
        shutil.copytree(tmp_path / "redis", tmp_path / "copy")
        before = issue_as_if_the_clock_were_ahead(ledger)
    with redis_server(tmp_path / "copy") as url:
        ledger = Ledger(connect(url), reserve=numbers.reserve)
        assert ledger._redis.exists(f"{PREFIX}sequence")
        assert min(issue_all_ways(ledger)) > before


def test_numbers_grow_after_the_store_was_restored_from_an_older_copy(redis, numbers, tmp_path):
    ledger = Ledger(redis, reserve=numbers.reserve)
    before = issue_as_if_the_clock_were_ahead(ledger)
    shutil.rmtree(tmp_path / "store")
    assert ledger.next_sequence() > before
    redis.hset(f"{PREFIX}sequence", "end", before)
    assert ledger.next_sequence() > before


def test_processes_that_need_numbers_at_the_same_time_reserve_them_once(redis, numbers):
    reservations = []

    def reserve(first, check):
        reservations.append(numbers.reserve(first, check))
        return reservations[-1]

    ledgers = [Ledger(redis, reserve=reserve) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        issued = list(pool.map(lambda ledger: ledger.next_sequence(), ledgers))
    assert len(set(issued)) == 8
    assert len(reservations) == 1


def test_nothing_is_recorded_while_no_number_can_be_reserved(redis):
    def reserve(first, check):
        raise Unavailable("the store is away")

    ledger = Ledger(redis, reserve=reserve)
    for record in (
        lambda: ledger.create(NEW),
        lambda: ledger.create_once(NEW),
        lambda: ledger.record_changes("shop", ["a"]),
        ledger.next_sequence,
    ):
        with pytest.raises(Unavailable, match="the store is away"):
            record()
    assert redis.keys("*") == []
