"""The availabilities in the store: which request wins, and what a crash may leave."""

import random

import pytest

from core.domain import Availability
from core.storage.availability import MAX_BATCHES, AvailabilityStore
from core.storage.backends import open_backend
from core.storage.backends.backend import no_check

IN_STOCK, OUT, HIDDEN = Availability.IN_STOCK, Availability.OUT_OF_STOCK, Availability.HIDDEN


class _Crash(Exception):
    pass


@pytest.fixture
def files(tmp_path):
    return open_backend(tmp_path.as_uri())


def states(store):
    return dict(store.read().states)


def test_a_change_counts_what_differs_and_what_does_not(files):
    store = AvailabilityStore(files, "shop")
    assert store.change({"a": OUT, "b": IN_STOCK}, 1, no_check)[1] == 1
    _, changed = store.change({"a": OUT, "b": HIDDEN}, 2, no_check)
    assert changed == 1
    assert store.unavailable(["a", "b", "c"]) == {"a": OUT, "b": HIDDEN}


def test_an_older_request_does_not_overwrite_a_newer_one(files):
    store = AvailabilityStore(files, "shop")
    store.change({"a": HIDDEN}, 5, no_check)
    current, changed = store.change({"a": IN_STOCK, "b": OUT}, 4, no_check)
    assert (current.states, changed) == ({"a": HIDDEN, "b": OUT}, 1)
    assert states(store) == {"a": HIDDEN, "b": OUT}


def test_many_batches_equal_a_dictionary_and_are_folded(files):
    store, expected, numbers = AvailabilityStore(files, "shop"), {}, random.Random(1)
    for sequence in range(1, 3 * MAX_BATCHES):
        change = {str(numbers.randrange(30)): numbers.choice(list(Availability)) for _ in range(9)}
        version = store.change(change, sequence, no_check)[0].version
        expected |= change
        assert states(store) == expected
        assert store.version() == version
    assert len(files.list_names("shop/availability")) <= MAX_BATCHES + 1


@pytest.mark.parametrize("step", range(3))
def test_after_a_crash_while_batches_are_folded_nothing_is_lost_and_nothing_repeated(files, step):
    store, expected = AvailabilityStore(files, "shop"), {}
    for sequence in range(MAX_BATCHES):
        store.change({str(sequence): HIDDEN}, sequence, no_check)
        expected[str(sequence)] = HIDDEN
    writes = iter(range(3))

    def crash():
        if next(writes) == step:
            raise _Crash

    names = files.list_names("shop/availability")
    copies = {name: files.read(f"shop/availability/{name}") for name in names}
    if step < 2:
        with pytest.raises(_Crash):
            store.change({"0": OUT}, 99, crash)
    else:  # it dies before it deletes the batches that it has folded
        store.change({"0": OUT}, 99, crash)
        for name, data in copies.items():
            files.write(f"shop/availability/{name}", data)
    assert states(store) == (expected if step == 0 else expected | {"0": OUT})
    assert store.change({"0": IN_STOCK}, 100, no_check)[1] == 1
    assert states(store) == expected | {"0": IN_STOCK}
