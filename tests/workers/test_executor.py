"""Running steps with a real ledger and handlers that succeed, fail, hang or die."""

import time
from types import SimpleNamespace

import pytest

from core.connections.redis_client import connect
from core.errors import Conflict, Unavailable
from core.jobs import Failure, JobKind, JobState, Ledger, NewJob, Outcome
from core.jobs.ledger_reader import PREFIX
from core.pipelines.services import StepPostponed
from core.settings import JobSettings
from tests.support.servers import redis_server
from tests.support.shop_client import eventually
from workers import executor
from workers.executor import JobHandler, run_job

pytestmark = pytest.mark.stack

SETTINGS = JobSettings(lease_s=4, max_attempts=3, max_queued_steps=4)
NEW = NewJob(kind=JobKind.INGEST, collection="shop")


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield connect(url)


@pytest.fixture
def ledger(redis):
    redis.flushall()
    return Ledger(redis, lease_s=SETTINGS.lease_s)


def plan(chunks):
    return lambda job, services, heartbeat: Outcome(chunks=chunks, total=chunks)


def embed(job, chunk, services, heartbeat):
    return Outcome(done=1)


def run(ledger, handler, *, messages=20):
    """Deliver messages as the queue does, including those that are published meanwhile."""
    job = ledger.create(NEW)
    messages_left = [job.id]
    for _ in range(messages):
        if not messages_left:
            break
        run_job(
            messages_left.pop(),
            handler,
            SimpleNamespace(ledger=ledger),
            SETTINGS,
            lambda job: messages_left.append(job.id),
        )
    return ledger.get(job.id), messages_left


def test_one_message_is_enough_for_a_whole_job(ledger):
    job, messages_left = run(ledger, JobHandler(plan=plan(5), run_chunk=embed))
    assert (job.state, job.progress.done, messages_left) == (JobState.SUCCEEDED, 5, [])


def test_a_planned_job_is_published_for_as_many_workers_as_may_share_it(ledger):
    _, messages_left = run(ledger, JobHandler(plan=plan(10), run_chunk=embed), messages=1)
    assert len(messages_left) == SETTINGS.max_queued_steps - 1  # and the worker that planned it


def test_a_worker_leaves_a_long_job_after_its_time_slice(ledger, monkeypatch):
    monkeypatch.setattr(executor, "TIME_SLICE_S", 0)
    _, messages_left = run(ledger, JobHandler(plan=plan(10), run_chunk=embed), messages=1)
    assert len(messages_left) == SETTINGS.max_queued_steps


def test_a_job_without_chunks_finishes_at_once_and_not_behind_others(ledger, monkeypatch):
    monkeypatch.setattr(executor, "TIME_SLICE_S", 0)
    job, _ = run(ledger, JobHandler(plan=plan(0)), messages=1)
    assert job.state is JobState.SUCCEEDED


def test_a_core_error_fails_the_job_with_its_problem(ledger):
    def refuse(job, services, heartbeat):
        raise Conflict("in the way")

    job, _ = run(ledger, JobHandler(plan=refuse))
    assert (job.state, job.problem.code, job.problem.detail) == (
        JobState.FAILED,
        "conflict",
        "in the way",
    )


def test_a_step_waits_for_an_unavailable_service_any_number_of_times(ledger):
    def away(job, services, heartbeat):
        raise Unavailable("Milvus is away")

    job, _ = run(ledger, JobHandler(plan=away))
    for _ in range(2 * SETTINGS.max_attempts):
        run_job(job.id, JobHandler(plan=away), SimpleNamespace(ledger=ledger), SETTINGS, print)
    assert ledger.get(job.id).state is JobState.QUEUED
    run_job(job.id, JobHandler(plan=plan(0)), SimpleNamespace(ledger=ledger), SETTINGS, print)
    run_job(job.id, JobHandler(plan=plan(0)), SimpleNamespace(ledger=ledger), SETTINGS, print)
    assert ledger.get(job.id).state is JobState.SUCCEEDED


def test_a_step_that_waits_on_purpose_runs_again_without_a_warning(ledger, caplog):
    caplog.set_level("INFO")

    def wait(job, services, heartbeat):
        raise StepPostponed("images are being imported")

    job, _ = run(ledger, JobHandler(plan=wait))
    assert (job.state, caplog.messages) == (JobState.QUEUED, [])


def test_a_step_with_a_bug_is_retried_and_its_problem_has_no_internals(ledger):
    calls = []

    def bug(job, services, heartbeat):
        calls.append(1)
        raise KeyError("secret")

    job, _ = run(ledger, JobHandler(plan=bug))
    for _ in range(5):
        run_job(job.id, JobHandler(plan=bug), SimpleNamespace(ledger=ledger), SETTINGS, print)
    job = ledger.get(job.id)
    assert (job.state, len(calls)) == (JobState.FAILED, SETTINGS.max_attempts)
    assert "secret" not in job.problem.detail


def leases_of(job):
    """The key of the times at which the leases of a job end, by step."""
    return f"{PREFIX}job:{job}:leased"


def test_a_chunk_whose_worker_always_dies_is_quarantined_and_the_rest_is_done(ledger, redis):
    lost = Failure(file="poison.jpg", code="worker-lost", reason="died")
    handler = JobHandler(
        plan=plan(2),
        run_chunk=embed,
        quarantine=lambda job, chunk, services: Outcome(failures=(lost,)),
    )
    job = ledger.create(NEW)
    services = SimpleNamespace(ledger=ledger)
    ledger.commit(ledger.claim(job.id), Outcome(chunks=2, total=2))
    for _ in range(SETTINGS.max_attempts):
        assert ledger.claim(job.id).step == 1  # and the worker is killed here
        redis.zadd(leases_of(job.id), {"1": 0})  # its lease ends
    for _ in range(3):
        run_job(job.id, handler, services, SETTINGS, lambda *_: None)
    ended = ledger.get(job.id)
    assert (ended.state, ended.progress.done, ended.progress.failed) == (JobState.PARTIAL, 1, 1)


def test_a_chunk_that_killed_its_workers_is_isolated_before_it_is_quarantined(ledger):
    attempts = []

    def isolate(job, chunk, services, heartbeat):
        attempts.append(ledger.count_attempt(job.id, chunk, 0))
        return Outcome(done=1)

    handler = JobHandler(
        plan=plan(1), run_chunk=embed, isolate=isolate, quarantine=lambda *_: 1 / 0
    )
    job = ledger.create(NEW)
    ledger.commit(ledger.claim(job.id), Outcome(chunks=1, total=1))
    for _ in range(SETTINGS.max_attempts):
        ledger.release(ledger.claim(job.id), counts=True)
    ledger.count_attempt(job.id, 1, 0)  # and here the worker died in isolation
    run_job(job.id, handler, SimpleNamespace(ledger=ledger), SETTINGS, lambda *_: None)
    assert (ledger.get(job.id).state, attempts) == (JobState.SUCCEEDED, [2])


def test_a_worker_that_was_frozen_longer_than_its_lease_writes_nothing(ledger, monkeypatch):
    """Its renewals came too late: another worker may have done the step already."""
    clock, written = time.monotonic, []

    def frozen(job, chunk, services, heartbeat):
        monkeypatch.setattr(executor.time, "monotonic", lambda: clock() + SETTINGS.lease_s + 1)
        heartbeat()
        written.append(chunk)
        return Outcome(done=1)

    run(ledger, JobHandler(plan=plan(1), run_chunk=frozen), messages=1)
    assert written == []


def test_the_lease_of_a_long_step_is_renewed(ledger, redis):
    def slow(job, chunk, services, heartbeat):
        leases = leases_of(job.id)
        end = redis.zscore(leases, chunk)
        eventually(lambda: redis.zscore(leases, chunk) > end)
        return Outcome(done=1)

    job, _ = run(ledger, JobHandler(plan=plan(1), run_chunk=slow))
    assert job.progress.done == 1


def test_a_cancelled_step_stops_at_its_next_heartbeat(ledger):
    def endless(job, chunk, services, heartbeat):
        ledger.cancel(job.id)
        eventually(heartbeat)  # it returns nothing: only its error ends this

    job, _ = run(ledger, JobHandler(plan=plan(1), run_chunk=endless))
    assert job.state is JobState.CANCELLED
