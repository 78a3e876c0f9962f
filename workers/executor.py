"""Runs job steps: claims a step, renews its lease, then commits, releases or fails the step."""

import faulthandler
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import CoreError, Unavailable
from core.jobs import Claim, Job, Ledger, Outcome, Problem, Stage
from core.jobs.step_ledger import FIRST, LAST
from core.observability.metrics import STEPS
from core.observability.tracing import span
from core.pipelines.services import Heartbeat, Services, StepCancelled, StepPostponed
from core.settings import JobSettings

log = logging.getLogger(__name__)

ISOLATION_ATTEMPTS = 8
"""Attempts to run a chunk item by item before the chunk is quarantined."""
TIME_SLICE_S = 2
"""How long a worker stays with one job; a message takes as long as embedding two images."""

Enqueue = Callable[[Job], None]


@dataclass(frozen=True)
class JobHandler:
    """The functions that run the steps of a kind of job: the plan, the chunks, and the end."""

    plan: Callable[[Job, Services, Heartbeat], Outcome]
    run_chunk: Callable[[Job, int, Services, Heartbeat], Outcome] | None = None
    isolate: Callable[[Job, int, Services, Heartbeat], Outcome] | None = None
    """Runs a chunk that killed its workers, item by item."""
    quarantine: Callable[[Job, int, Services], Outcome] | None = None
    """Gives up a chunk that killed its workers even item by item."""
    finish: Callable[[Job, Services], Outcome] | None = None
    has_timeout: bool = True
    """Whether a chunk without a heartbeat for `step_timeout_s` counts as stuck."""


@dataclass(frozen=True)
class _Step:
    claim: Claim
    job: Job
    handler: JobHandler
    settings: JobSettings

    @property
    def name(self) -> str:
        return {FIRST: "plan", LAST: "end"}.get(self.claim.step, "chunk")

    @property
    def is_chunk(self) -> bool:
        return self.claim.step not in {FIRST, LAST}

    @property
    def can_isolate(self) -> bool:
        limit = self.settings.max_attempts + ISOLATION_ATTEMPTS
        return self.is_chunk and bool(self.handler.isolate) and self.claim.attempts <= limit


def run_job(
    job_id: str, handler: JobHandler, services: Services, settings: JobSettings, enqueue: Enqueue
) -> None:
    """Run steps of a job for a time slice, then enqueue the job again, so that jobs take turns.

    After the planning step, further messages bring in other workers to share the job.
    """
    slice_ends = time.monotonic() + TIME_SLICE_S
    while (claim := services.ledger.claim(job_id)) is not None:
        job = services.ledger.get(job_id)
        ready = run_step(_Step(claim, job, handler, settings), services)
        if claim.step == FIRST:
            _enqueue_times(min(ready, settings.max_queued_steps) - 1, job, enqueue)
        if ready == 0:
            return
        if handler.run_chunk and time.monotonic() > slice_ends:
            _enqueue_times(1, job, enqueue)
            return


def _enqueue_times(times: int, job: Job, enqueue: Enqueue) -> None:
    for _ in range(times):
        enqueue(job)


def run_step(step: _Step, services: Services) -> int:
    """Run a claimed step; return how many steps can start after it, or 0 if it did not succeed."""
    ledger, claim, job = services.ledger, step.claim, step.job
    try:
        with lease_renewal(ledger, step) as heartbeat:
            with STEPS.labels(job.kind, step.name).time(), span(f"{job.kind} {step.name}"):
                outcome = _call_handler(step, services, heartbeat)
            return max(0, ledger.commit(claim, outcome))
    except StepCancelled:
        ledger.release(claim, counts=False)
    except StepPostponed as exc:
        log.debug("job %s step %s waits: %s", job.id, claim.step, exc)
        ledger.release(claim, counts=False)
    except Unavailable as exc:
        log.warning("job %s step %s waits: %s", job.id, claim.step, exc)
        ledger.release(claim, counts=False)
    except CoreError as exc:
        log.info("job %s failed: %s", job.id, exc)
        ledger.fail(claim, Problem.from_error(exc))
    except Exception:
        log.exception("job %s step %s failed with an unexpected error", job.id, claim.step)
        _release_or_fail(ledger, step)
    return 0


def _release_or_fail(ledger: Ledger, step: _Step) -> None:
    if step.claim.attempts < step.settings.max_attempts or step.can_isolate:
        ledger.release(step.claim, counts=True)
    else:
        error = CoreError("internal error; see the log of the worker")
        ledger.fail(step.claim, Problem.from_error(error))


def _call_handler(step: _Step, services: Services, heartbeat: Heartbeat) -> Outcome:
    job, number, handler = step.job, step.claim.step, step.handler
    if step.claim.attempts > step.settings.max_attempts:
        return _call_fallback(step, services, heartbeat)
    if number == FIRST:
        return handler.plan(job, services, heartbeat)
    if number == LAST:
        return handler.finish(job, services) if handler.finish else Outcome()
    assert handler.run_chunk is not None  # noqa: S101 - only plans of such handlers have chunks
    return handler.run_chunk(job, number, services, heartbeat)


def _call_fallback(step: _Step, services: Services, heartbeat: Heartbeat) -> Outcome:
    job, number, handler = step.job, step.claim.step, step.handler
    if step.can_isolate and handler.isolate:
        return handler.isolate(job, number, services, heartbeat)
    if step.is_chunk and handler.quarantine:
        return handler.quarantine(job, number, services)
    raise CoreError(
        f"the worker died {step.settings.max_attempts} times while it ran this job; "
        "see the log of the worker, then retry the job"
    )


@contextmanager
def lease_renewal(ledger: Ledger, step: _Step) -> Iterator[Heartbeat]:
    """Renew a lease in a thread; the heartbeat raises `StepCancelled` if the step must stop."""
    claim, lease_s = step.claim, step.settings.lease_s
    has_timeout = step.handler.has_timeout and step.is_chunk
    cancelled, done = threading.Event(), threading.Event()
    renewed_at = heartbeat_at = time.monotonic()
    current_stage: Stage | None = None

    def renew() -> None:
        nonlocal renewed_at
        while not done.wait(min(lease_s / 4, 2)):
            sent_at = time.monotonic()
            if has_timeout and sent_at - heartbeat_at > step.settings.step_timeout_s:
                abort_stuck_worker(claim)
            try:
                if ledger.renew(claim, current_stage) != 1:
                    cancelled.set()
                    return
                renewed_at = sent_at
            except Unavailable:
                continue  # if the lease expires meanwhile, the commit is rejected

    def heartbeat(stage: Stage | None = None) -> None:
        nonlocal heartbeat_at, current_stage
        heartbeat_at, current_stage = time.monotonic(), stage or current_stage
        # the lease may have expired while Redis was away or this process was frozen, and another
        # worker may have claimed the step
        if cancelled.is_set() or heartbeat_at - renewed_at > lease_s:
            raise StepCancelled

    thread = threading.Thread(target=renew, name=f"renew-{claim.step}", daemon=True)
    thread.start()
    try:
        yield heartbeat
    finally:
        done.set()
        thread.join()


def abort_stuck_worker(claim: Claim) -> None:
    """Kill this process as a crash would, since a thread in an endless loop cannot be stopped."""
    log.critical("job %s step %s is stuck; killing this worker", claim.job_id, claim.step)
    faulthandler.dump_traceback()
    os.kill(os.getpid(), signal.SIGKILL)
