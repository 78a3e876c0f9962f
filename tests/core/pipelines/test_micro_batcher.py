"""Micro-batches of queries from real threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.pipelines.micro_batcher import ENOUGH, MicroBatcher


class Recorder:
    """Squares numbers; the calls of a key wait until they are released."""

    def __init__(self):
        self.calls = []
        self.started = threading.Semaphore(0)
        self.release = threading.Semaphore(0)

    def square_all(self, key, numbers):
        self.calls.append((key, sorted(numbers)))
        self.started.release()
        assert self.release.acquire(timeout=10)
        if 0 in numbers:
            raise ValueError("cannot square 0")
        return [number * number for number in numbers]


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def batcher(recorder):
    return MicroBatcher(recorder.square_all)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(20) as pool:
        yield pool


def await_waiting(batcher, key, count):
    """Wait until this many queries of a key wait for the running call."""
    with batcher._changed:
        while len(batcher._waiting.get(key, ())) < count:
            batcher._changed.wait(0.01)


def test_a_single_query_is_answered_without_waiting_for_others(batcher, recorder):
    recorder.release.release()
    assert batcher("a", 3) == 9
    assert recorder.calls == [("a", [3])]


def test_queries_that_arrive_during_a_call_share_the_next_call(batcher, recorder, pool):
    first = pool.submit(batcher, "a", 1)
    recorder.started.acquire()
    others = [pool.submit(batcher, "a", number) for number in range(2, 12)]
    await_waiting(batcher, "a", 10)
    recorder.release.release(2)
    assert [first.result(), *(other.result() for other in others)] == [n * n for n in range(1, 12)]
    assert recorder.calls == [("a", [1]), ("a", list(range(2, 12)))]


def test_patient_queries_share_a_call_as_soon_as_there_are_enough(batcher, recorder, pool):
    recorder.release.release()
    calls = [pool.submit(batcher, "a", n, patience_s=60) for n in range(1, ENOUGH + 1)]
    assert [call.result(10) for call in calls] == [n * n for n in range(1, ENOUGH + 1)]
    assert recorder.calls == [("a", [1, 2, 3])]


def test_a_patient_query_does_not_wait_for_ever(batcher, recorder):
    recorder.release.release()
    assert batcher("a", 3, patience_s=0.01) == 9


def test_a_query_without_patience_takes_those_that_wait_along(batcher, recorder, pool):
    recorder.release.release()
    patient = pool.submit(batcher, "a", 2, patience_s=60)
    await_waiting(batcher, "a", 1)
    assert batcher("a", 3) == 9
    assert patient.result(10) == 4
    assert recorder.calls == [("a", [2, 3])]


def test_a_call_of_one_key_does_not_delay_those_of_another(batcher, recorder, pool):
    calls = [pool.submit(batcher, key, 2) for key in "ab"]
    for _ in calls:
        assert recorder.started.acquire(timeout=10)
    recorder.release.release(2)
    assert [call.result() for call in calls] == [4, 4]


def test_an_error_reaches_all_callers_of_the_batch_and_no_other(batcher, recorder, pool):
    first = pool.submit(batcher, "a", 1)
    recorder.started.acquire()
    failing = [pool.submit(batcher, "a", number) for number in (2, 0)]
    await_waiting(batcher, "a", 2)
    recorder.release.release(3)
    assert first.result() == 1
    for call in failing:
        with pytest.raises(ValueError, match="cannot square 0"):
            call.result()
    assert batcher("a", 4) == 16


def test_every_query_of_many_threads_gets_its_own_answer(pool):
    batcher = MicroBatcher(lambda key, numbers: [key * number for number in numbers])
    pairs = [(n % 3, n) for n in range(3000)]
    assert list(pool.map(lambda pair: batcher(*pair), pairs)) == [key * n for key, n in pairs]
