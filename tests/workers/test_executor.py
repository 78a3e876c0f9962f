"""The life of a step, with a real ledger and works that go well, wrong, or die."""

import time
from types import SimpleNamespace

import pytest

from core.connections.redis_client import connect
from core.errors import Conflict, Unavailable
from core.jobs import Failure, JobKind, JobState, Ledger, NewJob, Outcome
from tests.support.servers import redis_server
from workers import executor
from workers.executor import Terms, Work, carry_out

pytestmark = pytest.mark.stack

TERMS = Terms(lease_s=0.5, tries=3, window=4)
NEW = NewJob(kind=JobKind.INGEST, collection="shop")


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield connect(url)


@pytest.fixture
def ledger(redis):
    redis.flushall()
    return Ledger(redis, lease_s=TERMS.lease_s)


def plan(chunks):
    return lambda job, services, report: Outcome(chunks=chunks, total=chunks)


def one(job, chunk, services, report):
    return Outcome(done=1)


def run(ledger, work, *, messages=20):
    """Deliver messages as the queue would, each published one leading to the next."""
    job = ledger.create(NEW)
    waiting = [job.id]
    for _ in range(messages):
        if not waiting:
            break
        carry_out(
            waiting.pop(),
            work,
            SimpleNamespace(ledger=ledger),
            TERMS,
            lambda kind, job_id: waiting.append(job_id),
        )
    return ledger.get(job.id), waiting


def test_one_message_leads_to_the_end_of_a_job(ledger):
    job, waiting = run(ledger, Work(first=plan(5), chunk=one))
    assert (job.state, job.progress.done, waiting) == (JobState.SUCCEEDED, 5, [])


def test_a_planned_job_calls_for_as_many_workers_as_the_window(ledger):
    _, waiting = run(ledger, Work(first=plan(10), chunk=one), messages=1)
    assert len(waiting) == TERMS.window - 1  # and the one that planned it


def test_a_worker_gives_a_long_job_up_after_its_turn(ledger, monkeypatch):
    monkeypatch.setattr(executor, "TURN_S", 0)
    _, waiting = run(ledger, Work(first=plan(10), chunk=one), messages=1)
    assert len(waiting) == TERMS.window


def test_a_job_without_chunks_ends_at_once_and_not_behind_those_that_wait_for_it(
    ledger, monkeypatch
):
    monkeypatch.setattr(executor, "TURN_S", 0)
    job, _ = run(ledger, Work(first=plan(0)), messages=1)
    assert job.state is JobState.SUCCEEDED


def test_an_error_of_ours_fails_the_job_with_its_problem(ledger):
    def refuse(job, services, report):
        raise Conflict("in the way")

    job, _ = run(ledger, Work(first=refuse))
    assert (job.state, job.problem.code, job.problem.detail) == (
        JobState.FAILED,
        "conflict",
        "in the way",
    )


def test_a_part_that_is_away_leaves_the_step_waiting_however_often(ledger):
    def away(job, services, report):
        raise Unavailable("Milvus is away")

    job, _ = run(ledger, Work(first=away))
    for _ in range(2 * TERMS.tries):
        carry_out(job.id, Work(first=away), SimpleNamespace(ledger=ledger), TERMS, print)
    assert ledger.get(job.id).state is JobState.QUEUED
    carry_out(job.id, Work(first=plan(0)), SimpleNamespace(ledger=ledger), TERMS, print)
    carry_out(job.id, Work(first=plan(0)), SimpleNamespace(ledger=ledger), TERMS, print)
    assert ledger.get(job.id).state is JobState.SUCCEEDED


def test_a_bug_is_tried_a_few_times_and_told_without_its_inside(ledger):
    calls = []

    def bug(job, services, report):
        calls.append(1)
        raise KeyError("secret")

    job, _ = run(ledger, Work(first=bug))
    for _ in range(5):
        carry_out(job.id, Work(first=bug), SimpleNamespace(ledger=ledger), TERMS, print)
    job = ledger.get(job.id)
    assert (job.state, len(calls)) == (JobState.FAILED, TERMS.tries)
    assert "secret" not in job.problem.detail


def test_a_chunk_whose_worker_dies_every_time_is_set_aside_and_the_rest_done(ledger):
    lost = Failure(file="poison.jpg", code="worker-lost", reason="died")
    work = Work(
        first=plan(2), chunk=one, set_aside=lambda job, chunk, services: Outcome(failures=(lost,))
    )
    job = ledger.create(NEW)
    services = SimpleNamespace(ledger=ledger)
    ledger.commit(ledger.claim(job.id), Outcome(chunks=2, total=2))
    for _ in range(TERMS.tries):
        assert ledger.claim(job.id).step == 1  # and the worker is killed here
        time.sleep(TERMS.lease_s + 0.1)
    for _ in range(3):
        carry_out(job.id, work, services, TERMS, lambda *_: None)
    ended = ledger.get(job.id)
    assert (ended.state, ended.progress.done, ended.progress.failed) == (JobState.PARTIAL, 1, 1)


def test_a_chunk_that_killed_its_workers_is_taken_apart_before_it_is_set_aside(ledger):
    seen = []

    def careful(job, chunk, services, report):
        seen.append(ledger.attempt(job.id, chunk, 0))
        return Outcome(done=1)

    work = Work(first=plan(1), chunk=one, careful=careful, set_aside=lambda *_: 1 / 0)
    job = ledger.create(NEW)
    ledger.commit(ledger.claim(job.id), Outcome(chunks=1, total=1))
    for _ in range(TERMS.tries):
        ledger.release(ledger.claim(job.id), counts=True)
    ledger.attempt(job.id, 1, 0)  # and here a careful worker died
    carry_out(job.id, work, SimpleNamespace(ledger=ledger), TERMS, lambda *_: None)
    assert (ledger.get(job.id).state, seen) == (JobState.SUCCEEDED, [2])


def test_a_worker_that_was_frozen_for_its_lease_writes_nothing(ledger, monkeypatch):
    """Its renewals were too late: whoever took the step over may be through with it."""
    clock, went_on = time.monotonic, []

    def frozen(job, chunk, services, report):
        monkeypatch.setattr(executor.time, "monotonic", lambda: clock() + TERMS.lease_s + 1)
        report()
        went_on.append(chunk)
        return Outcome(done=1)

    run(ledger, Work(first=plan(1), chunk=frozen), messages=1)
    assert went_on == []


def test_a_long_step_keeps_its_lease(ledger):
    def slow(job, chunk, services, report):
        time.sleep(3 * TERMS.lease_s)
        assert ledger.claim(job.id) is None
        return Outcome(done=1)

    job, _ = run(ledger, Work(first=plan(1), chunk=slow))
    assert job.progress.done == 1


def test_a_cancelled_step_stops_at_its_next_report(ledger):
    def endless(job, chunk, services, report):
        ledger.cancel(job.id)
        for _ in range(100):
            time.sleep(0.05)
            report()
        raise AssertionError("it was never stopped")

    job, _ = run(ledger, Work(first=plan(1), chunk=endless))
    assert job.state is JobState.CANCELLED
