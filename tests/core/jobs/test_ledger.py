import time

import pytest

from core.connections.redis_client import connect
from core.errors import Conflict, InvalidInput, NotFound, Unavailable
from core.jobs import (
    Delay,
    Failure,
    Idempotency,
    JobKind,
    JobState,
    Ledger,
    NewJob,
    Outcome,
    Problem,
    Stage,
    make_retry,
)
from core.jobs.ledger_reader import PREFIX
from core.jobs.step_ledger import FIRST, LAST, LISTED_FAILURES
from tests.core.jobs.conftest import LEASE_S
from tests.support.servers import free_port
from tests.support.shop_client import eventually

pytestmark = pytest.mark.stack

NEW = NewJob(kind=JobKind.INGEST, collection="shop", args={"upload": "u"})
BROKEN = Failure(file="a.jpg", code="unreadable-image", reason="no image", entry=(1, 0))


def plan_job(ledger, chunks=2, total=10):
    job = ledger.create(NEW)
    ledger.commit(ledger.claim(job.id), Outcome(chunks=chunks, total=total))
    return job.id


def move_times(redis, *keys, by_s):
    """Move the times in sorted sets, as if they had been written that much later or earlier."""
    for key in keys:
        for member, score in redis.zrange(key, 0, -1, withscores=True):
            redis.zadd(key, {member: score + by_s * 1000})


def pass_lease_time(redis, job, seconds=LEASE_S + 1):
    """Let the leases of a job get older; to everything else, no time passes."""
    move_times(redis, f"{PREFIX}job:{job}:leased", by_s=-seconds)


def test_a_new_job_is_queued_and_has_its_arguments(ledger):
    job = ledger.create(NEW)
    assert (job.state, job.kind, job.collection, job.args) == (
        JobState.QUEUED,
        JobKind.INGEST,
        "shop",
        {"upload": "u"},
    )


def test_every_request_has_a_larger_number_than_all_before(ledger):
    first = ledger.create(NEW).sequence
    numbers = [first, ledger.next_sequence(), ledger.create(NEW).sequence]
    ledger._redis.hset(f"{PREFIX}sequence", "last", first + 10**12)  # the clock was set back
    numbers += [ledger.next_sequence(), ledger.create(NEW).sequence]
    assert numbers == sorted(set(numbers))


def test_a_retry_has_the_number_of_its_first_request(ledger):
    first = ledger.create(NEW)
    ledger.cancel(first.id)
    retry = ledger.create(make_retry(ledger.get(first.id), []))
    assert retry.id != first.id
    assert retry.sequence == first.sequence
    assert ledger.create(NEW).sequence > first.sequence


def test_an_unknown_job_is_not_found(ledger):
    with pytest.raises(NotFound):
        ledger.get("nope")


def test_the_same_idempotency_key_returns_the_first_job(ledger):
    first = ledger.create(NEW, idempotency=Idempotency("k", "digest"))
    assert ledger.create(NEW, idempotency=Idempotency("k", "digest")).id == first.id
    assert ledger.create(NEW, idempotency=Idempotency("other", "digest")).id != first.id


def test_an_idempotency_key_of_another_request_is_refused(ledger):
    ledger.create(NEW, idempotency=Idempotency("k", "digest"))
    with pytest.raises(InvalidInput, match="another request"):
        ledger.create(NEW, idempotency=Idempotency("k", "other"))
    assert ledger.open_count() == 1


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


def test_a_worker_that_lost_its_lease_cannot_commit(ledger, redis):
    job = plan_job(ledger, chunks=1)
    slow = ledger.claim(job)
    pass_lease_time(redis, job)
    fast = ledger.claim(job)
    assert (fast.step, fast.attempts) == (slow.step, 2)
    assert ledger.commit(slow, Outcome(done=10)) == -1
    assert ledger.commit(fast, Outcome(done=10)) == 1
    assert ledger.get(job).progress.done == 10


def test_a_renewed_lease_does_not_expire(ledger, redis):
    job = plan_job(ledger, chunks=1)
    claim = ledger.claim(job)
    for _ in range(5):
        pass_lease_time(redis, job, LEASE_S / 3)
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


def test_a_lost_lease_cannot_be_renewed(ledger, redis):
    job = plan_job(ledger, chunks=1)
    claim = ledger.claim(job)
    pass_lease_time(redis, job)
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


def test_any_page_of_the_failures_of_several_steps_is_right(ledger):
    job = plan_job(ledger, chunks=4)
    failures = []
    for step, number in enumerate((3, 0, 1, 4)):
        files = [BROKEN.model_copy(update={"file": f"{step}-{n}"}) for n in range(number)]
        ledger.commit(ledger.claim(job), Outcome(failures=tuple(files), done=1))
        failures += files
    for start in range(10):
        for limit in range(1, 10):
            page, following = ledger.failures(job, start=start, limit=limit)
            assert page == failures[start : start + limit]
            assert following == (start + limit if start + limit < len(failures) else None)
    assert list(ledger.all_failures(job)) == failures


def test_the_failures_of_a_worker_that_lost_its_lease_are_not_listed(ledger, redis):
    job = plan_job(ledger, chunks=1)
    claim = ledger.claim(job)
    ledger.release(claim, counts=True)
    assert ledger.commit(claim, Outcome(failures=(BROKEN,))) == -1
    assert ledger.failures(job) == ([], None)
    (leftover,) = redis.keys(f"*:failures:{claim.token}")
    assert 0 < redis.ttl(leftover) <= 3600


def test_of_a_flood_of_failures_the_first_are_listed_and_all_that_can_be_retried(ledger):
    job = ledger.create(NEW).id
    hopeless = Failure(file="a.csv", code="invalid-input", reason="no sku")
    flood = [hopeless.model_copy(update={"file": f"row {n}"}) for n in range(LISTED_FAILURES + 7)]
    ledger.commit(ledger.claim(job), Outcome(failures=(*flood, BROKEN), total=1))
    assert ledger.get(job).progress.failed == LISTED_FAILURES + 8
    assert list(ledger.all_failures(job)) == [*flood[:LISTED_FAILURES], BROKEN]


def test_very_long_failures_are_listed_up_to_a_size(ledger):
    job = ledger.create(NEW).id
    long = Failure(file="a" * 1_000_000, code="invalid-input", reason="a name too long")
    ledger.commit(ledger.claim(job), Outcome(failures=(long,) * 30, total=1))
    assert ledger.get(job).progress.failed == 30
    assert 5 < len(list(ledger.all_failures(job))) < 12


def test_names_whose_hashes_collide_in_scripts_do_not_block_redis(ledger):
    job = ledger.create(NEW).id
    # Lua hashes every 10th byte of such a failure, counted from its end
    names = [f"{'x' * 158}{n:06}{'x' * 38}" for n in range(30_000)]
    flood = tuple(BROKEN.model_copy(update={"file": name}) for name in names)
    ledger.commit(ledger.claim(job), Outcome(failures=flood, total=len(flood)))
    assert ledger.get(job).progress.failed == len(names)
    assert [failure.file for failure in ledger.all_failures(job)] == names


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
def test_a_job_whose_first_step_failed_is_queued_again(ledger, redis, lost):
    job = ledger.create(NEW)
    claim = ledger.claim(job.id)
    assert ledger.get(job.id).state is JobState.RUNNING
    if lost:
        pass_lease_time(redis, job.id)
        ledger.orphaned_steps(job.id, silent_s=60)
    else:
        ledger.release(claim, counts=False)
    assert ledger.get(job.id) == job
    assert ledger.claim(job.id).step == FIRST


def finish_job(ledger):
    job = ledger.create(NEW)
    ledger.cancel(job.id)
    return job.id


def test_expired_jobs_leave_the_indexes(redis):
    short, long = Ledger(redis, retention_s=1), Ledger(redis, retention_s=600)
    expected = [finish_job(long)]
    expiring = [f"{PREFIX}job:{finish_job(short)}" for _ in range(8)]
    eventually(lambda: not redis.exists(*expiring))
    expected.append(finish_job(long))
    for name in ("lookalike:jobs", "lookalike:jobs:shop"):
        assert [job.decode() for job in redis.zrange(name, 0, -1)] == expected
    assert [job.id for job in long.page()[0]] == expected[::-1]


def test_an_expired_job_leaves_nothing_but_its_count(redis):
    short = Ledger(redis, retention_s=1)
    job = short.create(NEW)
    short.commit(short.claim(job.id), Outcome(failures=(BROKEN,)))
    short.cancel(job.id)
    eventually(lambda: set(redis.keys("*")) == {b"lookalike:ended", b"lookalike:sequence"})


def test_steps_of_a_silent_job_are_orphaned(ledger, redis):
    job = plan_job(ledger, chunks=2)
    assert ledger.orphaned_steps(job, silent_s=60) == 0
    move_times(redis, f"{PREFIX}open", by_s=-61)
    assert ledger.orphaned_steps(job, silent_s=60) == 2
    assert ledger.orphaned_steps(job, silent_s=60) == 0


def test_the_step_of_a_dead_worker_is_orphaned_when_its_lease_expires(ledger, redis):
    job = plan_job(ledger, chunks=2)
    ledger.claim(job)
    pass_lease_time(redis, job)
    assert ledger.orphaned_steps(job, silent_s=60) == 1


def test_the_step_of_a_dead_worker_is_orphaned_though_the_clock_was_set_back(ledger, redis):
    job = plan_job(ledger, chunks=2)
    ledger.claim(job)
    # the clock of Redis has been set back by two hours since
    move_times(redis, f"{PREFIX}job:{job}:leased", f"{PREFIX}open", by_s=7200)
    assert ledger.orphaned_steps(job, silent_s=60) >= 1
    assert [ledger.claim(job).step for _ in range(2)] == [1, 2]


TRAIN = NewJob(kind=JobKind.TRAIN, collection="shop")


def test_one_job_of_a_kind_and_collection_is_queued(ledger):
    first, is_startable = ledger.create_once(TRAIN)
    again, is_startable_again = ledger.create_once(TRAIN)
    other, _ = ledger.create_once(TRAIN.model_copy(update={"collection": "other"}))
    assert (again, is_startable, is_startable_again) == (first, True, False)
    assert other.id != first.id
    ledger.claim(first.id)  # it has read its input: later changes need another job
    assert ledger.create_once(TRAIN)[0].id != first.id


def test_a_queued_job_gets_the_arguments_of_a_later_request(ledger):
    ledger.create_once(TRAIN)
    later = TRAIN.model_copy(update={"args": {"ends_rollback": True}})
    assert ledger.create_once(later)[0].args == {"ends_rollback": True}
    assert ledger.create_once(TRAIN)[0].args == {"ends_rollback": True}


def seconds_until(job):
    return (job.scheduled_for - job.created_at).total_seconds()


def test_a_job_is_put_off_by_each_request_but_not_for_ever(ledger):
    job, is_startable = ledger.create_once(TRAIN, Delay(1000, 2500))
    assert (seconds_until(job), is_startable) == (1000, False)
    assert ledger.claim(job.id) is None
    for delay, expected in ((500, 1000), (2000, 2000), (6000, 2500)):
        job, _ = ledger.create_once(TRAIN, Delay(delay, 2500))
        assert seconds_until(job) == pytest.approx(expected, abs=100)
    assert ledger.orphaned_steps(job.id, silent_s=0) == 0


def test_a_job_that_was_put_off_starts_at_once_on_request(ledger):
    job, _ = ledger.create_once(TRAIN, Delay(10, 25))
    now, is_startable = ledger.create_once(TRAIN)
    assert (now.id, now.scheduled_for, is_startable) == (job.id, None, True)
    assert ledger.create_once(TRAIN, Delay(10, 25))[0].scheduled_for is None
    assert ledger.claim(job.id)


def test_a_job_that_was_put_off_has_a_step_without_a_message_once_it_is_due(ledger, redis):
    job, _ = ledger.create_once(TRAIN, Delay(1000, 2500))
    assert ledger.orphaned_steps(job.id, silent_s=60) == 0
    redis.hincrby(f"{PREFIX}job:{job.id}", "not_before", -1_001_000)
    assert [ledger.orphaned_steps(job.id, silent_s=60) for _ in range(2)] == [1, 0]
    assert ledger.claim(job.id)


def test_many_changes_share_one_queued_job_and_each_has_its_own_sequence(ledger):
    changes, is_new = zip(*(ledger.record_changes("shop", [sku]) for sku in "ABCA"), strict=True)
    assert is_new == (True, False, False, False)
    assert len({change.job for change in changes}) == ledger.open_count() == 1
    numbers = [change.sequence for change in changes]
    assert numbers == sorted(set(numbers))
    assert ledger.changes("shop", 10) == dict(zip("BCA", numbers[1:], strict=True))
    ledger.claim(changes[0].job)
    assert ledger.record_changes("shop", ["D"])[1]


def test_a_change_is_forgotten_unless_the_item_has_changed_again(ledger):
    ledger.record_changes("shop", "AB")
    before = ledger.changes("shop", 10)
    later, _ = ledger.record_changes("shop", "B")
    ledger.clear_changes("shop", before)
    assert ledger.changes("shop", 10) == {"B": later.sequence}
    assert ledger.changed_collections() == ["shop"]
    ledger.clear_changes("shop", ledger.changes("shop", 10))
    assert ledger.changed_collections() == []


def test_open_jobs_of_a_collection_are_found_by_kind(ledger):
    job, _ = ledger.create_once(TRAIN)
    other = ledger.create(NEW)
    assert [train.id for train in ledger.open_jobs_of("shop", JobKind.TRAIN)] == [job.id]
    assert {open_job.id for open_job in ledger.open_jobs_of("shop")} == {job.id, other.id}
    ledger.cancel(job.id)
    assert ledger.open_jobs_of("shop", JobKind.TRAIN) == []
    assert ledger.open_jobs_of("nowhere") == []


def test_rate_and_eta_follow_from_the_committed_steps(ledger):
    started = time.monotonic()
    job = plan_job(ledger, chunks=3, total=30)
    for _ in range(2):
        time.sleep(0.1)
        ledger.commit(ledger.claim(job), Outcome(done=10))
    progress = ledger.get(job).progress
    slowest = 20 / (time.monotonic() - started)
    assert slowest - 0.1 <= progress.rate <= 100.0
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
