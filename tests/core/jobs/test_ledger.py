import time

import pytest

from core.connections.redis_client import connect
from core.errors import Conflict, NotFound, Unavailable
from core.jobs import Failure, JobKind, JobState, Ledger, NewJob, Outcome, Problem
from core.jobs.ledger import FIRST, LAST
from tests.support.servers import free_port

pytestmark = pytest.mark.stack

NEW = NewJob(kind=JobKind.INGEST, collection="shop", args={"upload": "u"})
BROKEN = Failure(file="a.jpg", code="unreadable-image", reason="no picture", entry=(1, 0))


def planned(ledger, chunks=2, total=10):
    job = ledger.create(NEW)
    ledger.commit(ledger.claim(job.id), Outcome(chunks=chunks, total=total))
    return job.id


def test_a_new_job_is_queued_and_keeps_what_was_asked(ledger):
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


def test_the_same_idempotency_key_gives_the_first_job_again(ledger):
    first = ledger.create(NEW, idempotency_key="k")
    assert ledger.create(NEW, idempotency_key="k").id == first.id
    assert ledger.create(NEW, idempotency_key="other").id != first.id


def test_steps_are_claimed_in_order_and_each_by_one_only(ledger):
    job = planned(ledger, chunks=2)
    claims = [ledger.claim(job) for _ in range(3)]
    assert [claim and claim.step for claim in claims] == [1, 2, None]


def test_the_last_step_waits_for_all_chunks(ledger):
    job = planned(ledger, chunks=2)
    one, two = ledger.claim(job), ledger.claim(job)
    assert ledger.commit(one, Outcome(done=5)) == 0
    assert ledger.commit(two, Outcome(done=5)) == 1
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
def test_a_job_ends_as_its_pictures_did(ledger, outcome, state):
    job = planned(ledger, chunks=1, total=2)
    ledger.commit(ledger.claim(job), outcome)
    ledger.commit(ledger.claim(job), Outcome())
    assert ledger.get(job).state is state


def test_a_step_is_counted_once_however_often_it_is_committed(ledger):
    job = planned(ledger, chunks=1)
    claim = ledger.claim(job)
    assert [ledger.commit(claim, Outcome(done=10)) for _ in range(2)] == [1, -1]
    assert ledger.get(job).progress.done == 10


def test_a_worker_that_lost_its_lease_cannot_commit(ledger):
    job = planned(ledger, chunks=1)
    slow = ledger.claim(job)
    time.sleep(0.4)
    quick = ledger.claim(job)
    assert (quick.step, quick.tries) == (slow.step, 2)
    assert ledger.commit(slow, Outcome(done=10)) == -1
    assert ledger.commit(quick, Outcome(done=10)) == 1
    assert ledger.get(job).progress.done == 10


def test_renewing_keeps_a_lease_beyond_its_length(ledger):
    job = planned(ledger, chunks=1)
    claim = ledger.claim(job)
    for _ in range(5):
        time.sleep(0.1)
        assert ledger.renew(claim) == 1
    assert ledger.claim(job) is None


def test_renewing_a_lost_lease_says_so(ledger):
    job = planned(ledger, chunks=1)
    claim = ledger.claim(job)
    time.sleep(0.4)
    ledger.claim(job)
    assert ledger.renew(claim) == 0


def test_a_released_step_is_claimed_by_the_next(ledger):
    job = planned(ledger, chunks=1)
    ledger.release(ledger.claim(job), counts=False)
    again = ledger.claim(job)
    assert (again.step, again.tries) == (1, 1)


def test_a_queued_job_is_cancelled_at_once(ledger):
    job = ledger.create(NEW)
    assert ledger.cancel(job.id).state is JobState.CANCELLED
    assert ledger.claim(job.id) is None


def test_a_running_job_is_cancelled_when_its_last_step_is_given_back(ledger):
    job = planned(ledger, chunks=2)
    one, two = ledger.claim(job), ledger.claim(job)
    assert ledger.cancel(job).state is JobState.RUNNING
    assert ledger.renew(one) == -1
    ledger.commit(one, Outcome(done=1))
    assert ledger.get(job).state is JobState.RUNNING
    ledger.release(two, counts=False)
    ended = ledger.get(job)
    assert (ended.state, ended.progress.done) == (JobState.CANCELLED, 1)


def test_an_ended_job_cannot_be_cancelled(ledger):
    job = ledger.create(NEW)
    ledger.cancel(job.id)
    with pytest.raises(Conflict):
        ledger.cancel(job.id)


def test_a_failed_job_tells_its_problem_and_has_no_more_work(ledger):
    job = planned(ledger, chunks=3)
    problem = Problem(code="conflict", title="t", detail="d")
    ledger.fail(ledger.claim(job), problem)
    assert (ledger.get(job).state, ledger.get(job).problem) == (JobState.FAILED, problem)
    assert ledger.claim(job) is None


def test_failures_are_paged_in_order(ledger):
    job = ledger.create(NEW).id
    found = tuple(BROKEN.model_copy(update={"file": f"{n}.jpg"}) for n in range(5))
    ledger.commit(ledger.claim(job), Outcome(failures=found, total=5))
    first, following = ledger.failures(job, limit=3)
    second, end = ledger.failures(job, start=following, limit=3)
    assert (*first, *second) == found
    assert end is None


def test_jobs_are_paged_newest_first_and_by_collection(ledger):
    made = []
    for n in range(5):
        made.append(ledger.create(NEW.model_copy(update={"collection": "ab"[n % 2]})).id)
        time.sleep(0.002)
    seen, cursor = [], None
    while True:
        page, cursor = ledger.page(cursor=cursor, limit=2)
        seen += [job.id for job in page]
        if cursor is None:
            break
    assert seen == made[::-1]
    assert [job.id for job in ledger.page(collection="a")[0]] == made[::-2]


@pytest.mark.parametrize("lost", [False, True])
def test_a_job_whose_first_step_came_to_nothing_waits_as_if_it_had_not_begun(ledger, lost):
    job = ledger.create(NEW)
    claim = ledger.claim(job.id)
    assert ledger.waiting(NEW.kind, NEW.collection) is None
    if lost:
        time.sleep(0.4)
        ledger.forgotten(job.id, silent_s=60)
    else:
        ledger.release(claim, counts=False)
    assert ledger.waiting(NEW.kind, NEW.collection) == job
    assert ledger.claim(job.id).step == FIRST


def ended(ledger):
    job = ledger.create(NEW)
    ledger.cancel(job.id)
    return job.id


def test_the_lists_of_jobs_forget_what_is_forgotten(redis):
    brief, longer = Ledger(redis, kept_s=1), Ledger(redis, kept_s=600)
    kept = [ended(longer)]
    for _ in range(8):
        ended(brief)
    time.sleep(1.1)
    kept.append(ended(longer))
    for name in ("lookalike:jobs", "lookalike:jobs:shop"):
        assert [job.decode() for job in redis.zrange(name, 0, -1)] == kept
    assert [job.id for job in longer.page()[0]] == kept[::-1]


def test_nothing_is_left_of_jobs_that_are_forgotten_but_their_count(redis):
    brief = Ledger(redis, kept_s=1)
    ended(brief)
    time.sleep(1.1)
    assert redis.keys("*") == [b"lookalike:ended"]


def test_work_that_nobody_knows_of_is_found(ledger):
    job = planned(ledger, chunks=2)
    assert ledger.forgotten(job, silent_s=60) == 0
    time.sleep(0.6)
    assert ledger.forgotten(job, silent_s=0.5) == 2
    assert ledger.forgotten(job, silent_s=0.5) == 0


def test_the_step_of_a_dead_worker_is_found_when_its_lease_ends(ledger):
    job = planned(ledger, chunks=2)
    ledger.claim(job)
    time.sleep(0.4)
    assert ledger.forgotten(job, silent_s=60) == 1


def test_rate_and_eta_follow_from_the_steps(ledger):
    job = planned(ledger, chunks=3, total=30)
    for _ in range(2):
        time.sleep(0.1)
        ledger.commit(ledger.claim(job), Outcome(done=10))
    progress = ledger.get(job).progress
    assert 50 < progress.rate <= 100.0
    assert progress.eta_seconds == pytest.approx(10 / progress.rate, abs=0.1)


def test_without_redis_the_ledger_says_that_it_is_away():
    ledger = Ledger(connect(f"redis://127.0.0.1:{free_port()}/0"))
    with pytest.raises(Unavailable):
        ledger.create(NEW)


def test_first_is_the_step_that_plans(ledger):
    assert ledger.claim(ledger.create(NEW).id).step == FIRST


def test_an_ended_job_tells_its_rate_over_all(ledger):
    job = planned(ledger, chunks=1, total=10)
    time.sleep(0.1)
    ledger.commit(ledger.claim(job), Outcome(done=10))
    ledger.commit(ledger.claim(job), Outcome())
    ended = ledger.get(job)
    took = (ended.finished_at - ended.started_at).total_seconds()
    assert ended.progress.rate == pytest.approx(10 / took, abs=0.1)
    assert ended.progress.eta_seconds == 0
