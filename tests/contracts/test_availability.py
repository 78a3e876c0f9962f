"""The availabilities of items, on each storage backend."""

import random

import pytest

from core.domain import Availability
from core.storage import open_backend
from core.storage.availability import MAX_BATCHES, AvailabilityStore
from core.storage.backends.backend import no_check
from tests.support.concurrency import call_together

IN_STOCK, OUT, HIDDEN = Availability.IN_STOCK, Availability.OUT_OF_STOCK, Availability.HIDDEN


class LockLost(Exception):
    pass


@pytest.fixture
def store(store_url):
    return AvailabilityStore(open_backend(store_url), "collections/shop")


def test_a_store_without_changes_is_empty(store):
    assert (store.version(), dict(store.read().states)) == (0, {})
    assert store.unavailable(["A"]) == {}


def test_another_process_reads_what_was_changed(store, store_url):
    store.change({"A": OUT, "élan/🧥": HIDDEN, "C": IN_STOCK}, 1, no_check)
    other = AvailabilityStore(open_backend(store_url), "collections/shop")
    assert other.unavailable(["A", "élan/🧥", "C", "D"]) == {"A": OUT, "élan/🧥": HIDDEN}
    assert other.version() == store.version() == store.read().version == 1
    other_shop = AvailabilityStore(open_backend(store_url), "collections/shop-2")
    assert other_shop.version() == 0


def test_batches_are_folded_and_later_requests_win(store):
    expected, numbers = {}, random.Random(3)
    for sequence in numbers.sample(range(100), MAX_BATCHES + 5):
        change = {str(numbers.randrange(9)): numbers.choice(list(Availability)) for _ in range(4)}
        before = {sku: expected.get(sku, (IN_STOCK, -1)) for sku in change}
        expected |= {
            sku: (state, sequence) for sku, state in change.items() if before[sku][1] <= sequence
        }
        after, changed = store.change(change, sequence, no_check)
        assert after.states == {sku: expected[sku][0] for sku in change}
        assert changed == sum(expected[sku][0] is not state for sku, (state, _) in before.items())
    assert store.read().states == {sku: state for sku, (state, _) in expected.items()}


def test_readers_see_every_finished_change_while_batches_are_folded(store):
    finished, stale, stop = [], [], []

    def write():
        try:
            for number in range(MAX_BATCHES + 2):
                store.change({str(number): HIDDEN}, number, no_check)
                finished.append(str(number))
        finally:
            stop.append(True)

    def read():
        while not stop:
            before = list(finished)
            stale.extend(set(before) - set(store.read().states))

    call_together(write, read)
    assert (len(finished), stale) == (MAX_BATCHES + 2, [])


def test_nothing_is_written_without_the_lock(store):
    def check():
        raise LockLost

    with pytest.raises(LockLost):
        store.change({"A": HIDDEN}, 1, check)
    assert store.version() == 0
