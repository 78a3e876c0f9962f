"""The life of a step around its work: claim, renew, commit; or give back, or fail."""

import faulthandler
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import CoreError, Unavailable
from core.jobs import Claim, Job, JobKind, Ledger, Outcome, Problem
from core.jobs.ledger import FIRST, LAST
from core.observability.metrics import STAGES, STAGES_OF, STEPS
from core.observability.tracing import span
from core.pipelines.services import Report, Services, Stopped

log = logging.getLogger(__name__)

CAREFUL = 8
"""After its tries a chunk is taken apart; after so many more it is set aside."""
TURN_S = 2
"""How long a worker stays with one job; a message costs as much as embedding two pictures."""

_NAMES = {FIRST: "plan", LAST: "end"}

Publish = Callable[[JobKind, str], None]


@dataclass(frozen=True)
class Work:
    """How a kind of job is done: its first step, its chunks and its last."""

    first: Callable[[Job, Services, Report], Outcome]
    chunk: Callable[[Job, int, Services, Report], Outcome] | None = None
    careful: Callable[[Job, int, Services, Report], Outcome] | None = None
    """A chunk that killed its workers, taken apart."""
    set_aside: Callable[[Job, int, Services], Outcome] | None = None
    last: Callable[[Job, Services], Outcome] | None = None
    watched: bool = True
    """Whether a chunk that tells of no progress for long is taken to be stuck."""


@dataclass(frozen=True)
class Terms:
    """How long a worker may be silent or stuck, and how often a step is tried."""

    lease_s: float
    tries: int
    window: int
    stuck_s: float = 300


def count_from_nought(works: Mapping[JobKind, Work], queues: Collection[str]) -> None:
    """Show what workers of these queues may do: the first of a series is lost to a rate."""
    for queue in STAGES_OF.keys() & queues:
        what, stages = STAGES_OF[queue]
        for stage in stages:
            STAGES.labels(what, stage)
    for kind, work in works.items():
        if kind.queue in queues:
            for name, does in {"plan": work.first, "chunk": work.chunk, "end": work.last}.items():
                if does:
                    STEPS.labels(kind, name)


def carry_out(job_id: str, work: Work, services: Services, terms: Terms, publish: Publish) -> None:
    """Do steps of a job for a while, then call for whoever comes next: so jobs take turns.

    When a job has been planned, others are called to share it.
    """
    turn_ends = time.monotonic() + TURN_S
    while (claim := services.ledger.claim(job_id)) is not None:
        job = services.ledger.get(job_id)
        ready = _step(claim, job, work, services, terms)
        if claim.step == FIRST:
            _call(min(ready, terms.window) - 1, job, publish)
        if ready == 0:
            return
        if work.chunk and time.monotonic() > turn_ends:
            _call(1, job, publish)
            return


def _call(times: int, job: Job, publish: Publish) -> None:
    for _ in range(times):
        publish(job.kind, job.id)


def _step(claim: Claim, job: Job, work: Work, services: Services, terms: Terms) -> int:
    """How many steps can start after this one; 0 if it came to nothing."""
    ledger = services.ledger
    try:
        watched = work.watched and _is_chunk(claim)
        with _renewed(ledger, claim, terms, watched=watched) as report:
            name = _NAMES.get(claim.step, "chunk")
            with STEPS.labels(job.kind, name).time(), span(f"{job.kind} {name}"):
                outcome = _outcome(claim, job, work, services, report, terms.tries)
            return max(0, ledger.commit(claim, outcome))
    except Stopped:
        ledger.release(claim, counts=False)
    except Unavailable as exc:
        log.warning("job %s step %s waits: %s", job.id, claim.step, exc)
        ledger.release(claim, counts=False)
    except CoreError as exc:
        log.info("job %s failed: %s", job.id, exc)
        ledger.fail(claim, Problem.of(exc))
    except Exception:
        log.exception("job %s step %s: a bug", job.id, claim.step)
        _after_a_bug(ledger, claim, work, terms.tries)
    return 0


def _after_a_bug(ledger: Ledger, claim: Claim, work: Work, tries: int) -> None:
    if claim.tries < tries or (
        _is_chunk(claim) and work.careful and claim.tries <= tries + CAREFUL
    ):
        ledger.release(claim, counts=True)
    else:
        ledger.fail(claim, Problem.of(CoreError("internal error; the log of the worker has it")))


def _outcome(
    claim: Claim, job: Job, work: Work, services: Services, report: Report, tries: int
) -> Outcome:
    if claim.tries > tries:
        if _is_chunk(claim) and work.careful and claim.tries <= tries + CAREFUL:
            return work.careful(job, claim.step, services, report)
        if _is_chunk(claim) and work.set_aside:
            return work.set_aside(job, claim.step, services)
        raise CoreError(f"given up: the worker died {tries} times on this job")
    if claim.step == FIRST:
        return work.first(job, services, report)
    if claim.step == LAST:
        return work.last(job, services) if work.last else Outcome()
    assert work.chunk is not None  # noqa: S101 - only a first step with chunks makes such a step
    return work.chunk(job, claim.step, services, report)


def _is_chunk(claim: Claim) -> bool:
    return claim.step not in {FIRST, LAST}


@contextmanager
def _renewed(ledger: Ledger, claim: Claim, terms: Terms, *, watched: bool) -> Iterator[Report]:
    """Renew the lease beside the work; the report raises `Stopped` when the work is to end."""
    stop, ended = threading.Event(), threading.Event()
    lease_s = terms.lease_s
    renewed_at = moved_at = time.monotonic()

    def renew() -> None:
        nonlocal renewed_at
        while not ended.wait(min(lease_s / 4, 2)):
            asked_at = time.monotonic()
            if watched and asked_at - moved_at > terms.stuck_s:
                _die_stuck(claim)
            try:
                if ledger.renew(claim) != 1:
                    stop.set()
                    return
                renewed_at = asked_at
            except Unavailable:
                continue  # Redis is away: the lease may run out, then the commit counts nothing

    def report() -> None:
        nonlocal moved_at
        moved_at = time.monotonic()
        # it may have run out while Redis was away, or we were frozen: another is at it then
        if stop.is_set() or moved_at - renewed_at > lease_s:
            raise Stopped

    thread = threading.Thread(target=renew, name=f"renew-{claim.step}", daemon=True)
    thread.start()
    try:
        yield report
    finally:
        ended.set()
        thread.join()


def _die_stuck(claim: Claim) -> None:
    """End the process as a crash would: a thread that loops for ever cannot be stopped."""
    log.critical("job %s step %s is stuck; this worker ends itself", claim.job_id, claim.step)
    faulthandler.dump_traceback()
    os.kill(os.getpid(), signal.SIGKILL)
