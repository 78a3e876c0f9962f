import time

import pytest

from core.connections.redis_client import connect
from core.errors import Conflict, NotFound, Unavailable
from core.jobs import Failure, JobKind, JobState, Ledger, NewJob, Outcome, Problem, Stage
from core.jobs.ledger import FIRST, LAST
from tests.support.servers import free_port

pytestmark = pytest.mark.stack

NEW = NewJob(kind=JobKind.INGEST, collection="shop", args={"upload": "u"})
BROKEN = Failure(file="a.jpg", code="unreadable-image", reason="no image", entry=(1, 0))


def plan_job(ledger, chunks=2, total=10):
    job = ledger.create(NEW)
    ledger.commit(ledger.claim(job.id), Outcome(chunks=chunks, total=total))
    return job.id


def test_a_new_job_is_queued_and_has_its_arguments(ledger):
    job = ledger.create(NEW)
    assert (job.state, job.kind, job.collection, job.args) == (
        JobState.QUEUED,
        JobKind.INGEST,
        "shop",
        {"upload": "u"},
    )


def test_an_unknown_job_is_not_found(ledger):
    with pytest.raises(NotFound):
        ledger.get("nope")


def test_the_same_idempotency_key_returns_the_first_job(ledger):
    first = ledger.create(NEW, idempotency_key="k")
    assert ledger.create(NEW, idempotency_key="k").id == first.id
    assert ledger.create(NEW, idempotency_key="other").id != first.id


def test_steps_are_claimed_in_order_and_each_once(ledger):
    job = plan_job(ledger, chunks=2)
    claims = [ledger.claim(job) for _ in range(3)]
    assert [claim and claim.step for claim in claims] == [1, 2, None]


def test_the_last_step_waits_for_all_chunks(ledger):
    job = plan_job(ledger, chunks=2)
    first, second = ledger.claim(job), ledger.claim(job)
    assert ledger.commit(first, Outcome(done=5)) == 0
    assert ledger.commit(second, Outcome(done=5)) == 1
    assert ledger.claim(job).step == LAST


def test_a_job_without_chunks_goes_straight_to_its_last_step(ledger):
    job = ledger.create(NEW)
    assert ledger.commit(ledger.claim(job.id), Outcome(done=1, total=1)) == 1
    ledger.commit(ledger.claim(job.id), Outcome(result={"items": 1}))
    ended = ledger.get(job.id)
    assert (ended.state, ended.result) == (JobState.SUCCEEDED, {"items": 1})


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome(done=2), JobState.SUCCEEDED),
        (Outcome(skipped=2), JobState.SUCCEEDED),
        (Outcome(done=1, failures=(BROKEN,)), JobState.PARTIAL),
        (Outcome(skipped=1, failures=(BROKEN,)), JobState.PARTIAL),
        (Outcome(failures=(BROKEN, BROKEN)), JobState.FAILED),
    ],
)
def test_the_final_state_of_a_job_follows_from_its_images(ledger, outcome, state):
    job = plan_job(ledger, chunks=1, total=2)
    ledger.commit(ledger.claim(job), outcome)
    ledger.commit(ledger.claim(job), Outcome())
    assert ledger.get(job).state is state


def test_a_step_committed_twice_counts_once(ledger):
    job = plan_job(ledger, chunks=1)
    claim = ledger.claim(job)
    assert [ledger.commit(claim, Outcome(done=10)) for _ in range(2)] == [1, -1]
    assert ledger.get(job).progress.done == 10


def test_a_worker_that_lost_its_lease_cannot_commit(ledger):
    job = plan_job(ledger, chunks=1)
    slow = ledger.claim(job)
    time.sleep(0.4)
    fast = ledger.claim(job)
    assert (fast.step, fast.attempts) == (slow.step, 2)
    assert ledger.commit(slow, Outcome(done=10)) == -1
    assert ledger.commit(fast, Outcome(done=10)) == 1
    assert ledger.get(job).progress.done == 10


def test_a_renewed_lease_does_not_expire(ledger):
    job = plan_job(ledger, chunks=1)
    claim = ledger.claim(job)
    for _ in range(5):
        time.sleep(0.1)
        assert ledger.renew(claim) == 1
    assert ledger.claim(job) is None


def test_a_step_with_stages_shows_the_current_one_until_it_is_committed(ledger):
    job = ledger.create(NEW)
    claim = ledger.claim(job.id)
    assert ledger.renew(claim, Stage(name="validation", done=1, total=5)) == 1
    progress = ledger.get(job.id).progress
    assert (progress.stage, progress.done, progress.total) == ("validation", 1, 5)
    ledger.commit(claim, Outcome(done=7, total=7))
    progress = ledger.get(job.id).progress
    assert (progress.stage, progress.done, progress.total) == (None, 7, 7)


def test_a_lost_lease_cannot_be_renewed(ledger):
    job = plan_job(ledger, chunks=1)
    claim = ledger.claim(job)
    time.sleep(0.4)
    ledger.claim(job)
    assert ledger.renew(claim) == 0


def test_a_released_step_can_be_claimed_again(ledger):
    job = plan_job(ledger, chunks=1)
    ledger.release(ledger.claim(job), counts=False)
    claim = ledger.claim(job)
    assert (claim.step, claim.attempts) == (1, 1)


def test_a_queued_job_is_cancelled_at_once(ledger):
    job = ledger.create(NEW)
    assert ledger.cancel(job.id).state is JobState.CANCELLED
    assert ledger.claim(job.id) is None


def test_a_running_job_is_cancelled_when_its_last_running_step_is_released(ledger):
    job = plan_job(ledger, chunks=2)
    first, second = ledger.claim(job), ledger.claim(job)
    assert ledger.cancel(job).state is JobState.RUNNING
    assert ledger.renew(first) == -1
    ledger.commit(first, Outcome(done=1))
    assert ledger.get(job).state is JobState.RUNNING
    ledger.release(second, counts=False)
    ended = ledger.get(job)
    assert (ended.state, ended.progress.done) == (JobState.CANCELLED, 1)


def test_a_finished_job_cannot_be_cancelled(ledger):
    job = ledger.create(NEW)
    ledger.cancel(job.id)
    with pytest.raises(Conflict):
        ledger.cancel(job.id)


def test_a_failed_job_has_its_problem_and_no_more_work(ledger):
    job = plan_job(ledger, chunks=3)
    problem = Problem(code="conflict", title="t", detail="d")
    ledger.fail(ledger.claim(job), problem)
    assert (ledger.get(job).state, ledger.get(job).problem) == (JobState.FAILED, problem)
    assert ledger.claim(job) is None


def test_failures_are_paged_in_order(ledger):
    job = ledger.create(NEW).id
    failures = tuple(BROKEN.model_copy(update={"file": f"{n}.jpg"}) for n in range(5))
    ledger.commit(ledger.claim(job), Outcome(failures=failures, total=5))
    first, following = ledger.failures(job, limit=3)
    second, end = ledger.failures(job, start=following, limit=3)
    assert (*first, *second) == failures
    assert end is None


def test_jobs_are_paged_newest_first_and_by_collection(ledger):
    created = []
    for n in range(5):
        created.append(ledger.create(NEW.model_copy(update={"collection": "ab"[n % 2]})).id)
        time.sleep(0.002)
    ids, cursor = [], None
    while True:
        page, cursor = ledger.page(cursor=cursor, limit=2)
        ids += [job.id for job in page]
        if cursor is None:
            break
    assert ids == created[::-1]
    assert [job.id for job in ledger.page(collection="a")[0]] == created[::-2]


@pytest.mark.parametrize("lost", [False, True])
def test_a_job_whose_first_step_failed_is_queued_again(ledger, lost):
    job = ledger.create(NEW)
    claim = ledger.claim(job.id)
    assert ledger.find_queued(NEW.kind, NEW.collection) is None
    if lost:
        time.sleep(0.4)
        ledger.orphaned_steps(job.id, silent_s=60)
    else:
        ledger.release(claim, counts=False)
    assert ledger.find_queued(NEW.kind, NEW.collection) == job
    assert ledger.claim(job.id).step == FIRST


def finish_job(ledger):
    job = ledger.create(NEW)
    ledger.cancel(job.id)
    return job.id


def test_expired_jobs_leave_the_indexes(redis):
    short, long = Ledger(redis, retention_s=1), Ledger(redis, retention_s=600)
    expected = [finish_job(long)]
    for _ in range(8):
        finish_job(short)
    time.sleep(1.1)
    expected.append(finish_job(long))
    for name in ("lookalike:jobs", "lookalike:jobs:shop"):
        assert [job.decode() for job in redis.zrange(name, 0, -1)] == expected
    assert [job.id for job in long.page()[0]] == expected[::-1]


def test_an_expired_job_leaves_nothing_but_its_count(redis):
    short = Ledger(redis, retention_s=1)
    finish_job(short)
    time.sleep(1.1)
    assert redis.keys("*") == [b"lookalike:ended"]


def test_steps_of_a_silent_job_are_orphaned(ledger):
    job = plan_job(ledger, chunks=2)
    assert ledger.orphaned_steps(job, silent_s=60) == 0
    time.sleep(0.6)
    assert ledger.orphaned_steps(job, silent_s=0.5) == 2
    assert ledger.orphaned_steps(job, silent_s=0.5) == 0


def test_the_step_of_a_dead_worker_is_orphaned_when_its_lease_expires(ledger):
    job = plan_job(ledger, chunks=2)
    ledger.claim(job)
    time.sleep(0.4)
    assert ledger.orphaned_steps(job, silent_s=60) == 1


def test_rate_and_eta_follow_from_the_committed_steps(ledger):
    job = plan_job(ledger, chunks=3, total=30)
    for _ in range(2):
        time.sleep(0.1)
        ledger.commit(ledger.claim(job), Outcome(done=10))
    progress = ledger.get(job).progress
    assert 50 < progress.rate <= 100.0
    assert progress.eta_seconds == pytest.approx(10 / progress.rate, abs=0.1)


def test_without_redis_the_ledger_raises_unavailable():
    ledger = Ledger(connect(f"redis://127.0.0.1:{free_port()}/0"))
    with pytest.raises(Unavailable):
        ledger.create(NEW)


def test_a_new_job_starts_with_its_first_step(ledger):
    assert ledger.claim(ledger.create(NEW).id).step == FIRST


def test_a_finished_job_has_its_overall_rate(ledger):
    job = plan_job(ledger, chunks=1, total=10)
    time.sleep(0.1)
    ledger.commit(ledger.claim(job), Outcome(done=10))
    ledger.commit(ledger.claim(job), Outcome())
    ended = ledger.get(job)
    took = (ended.finished_at - ended.started_at).total_seconds()
    assert ended.progress.rate == pytest.approx(10 / took, abs=0.1)
    assert ended.progress.eta_seconds == 0
