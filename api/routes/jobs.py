"""Jobs: list, read, watch, cancel and retry them, and list their failures."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, ServicesDep
from api.errors import problem_responses
from api.middleware.current_key import can_see
from api.schemas.jobs import FailureOut, FailuresPage, JobOut, JobsPage
from api.schemas.parameters import JOB_ID, CursorQuery, JobCollectionQuery, JobPath, Limit
from api.services.job_responses import JobResponse
from core.errors import Conflict, InvalidInput, NotFound, Unavailable
from core.jobs import Job, make_retry

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_POLL_INTERVAL_S = 0.5
_NEWEST = 10  # jobs that may start and end between two polls
_ENDED = Conflict(f"job {JOB_ID} has already finished: succeeded")
_SUCCEEDED = Conflict(f"job {JOB_ID} succeeded; there is nothing to retry")
_EVENT = f'event: job\ndata: {{"id": "{JOB_ID}", "state": "running", ...}}\n\n'
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events named `job`, each with a job as its data.",
        "content": {"text/event-stream": {"example": _EVENT}},
    }
}


def _get_job(job: JobPath, services: ServicesDep) -> Job:
    """Return a job; raise `NotFound` for a job that the current key does not cover."""
    record = services.ledger.get(job)
    if not can_see(record.collection):
        raise NotFound(f"there is no job {job!r}; finished jobs are deleted after a while")
    return record


JobDep = Annotated[Job, Depends(_get_job)]


def _current_jobs(services: ServicesDep) -> dict[str, Job]:
    """Return all open jobs and the newest jobs, which may have ended since the last poll."""
    newest, _ = services.ledger.page(limit=_NEWEST)
    return {job.id: job for job in (*newest, *services.ledger.open_jobs())}


CurrentJobs = Annotated[dict[str, Job], Depends(_current_jobs)]


@router.get("")
def list_page(
    services: ServicesDep,
    collection: JobCollectionQuery = None,
    limit: Annotated[Limit, Query(le=200)] = 50,
    cursor: CursorQuery = None,
) -> JobsPage:
    """List jobs, newest first."""
    jobs, next_cursor = services.ledger.page(collection=collection, cursor=cursor, limit=limit)
    visible = [JobOut.model_validate(job) for job in jobs if can_see(job.collection)]
    return JobsPage(items=visible, next_cursor=next_cursor)


@router.get("/events", response_class=EventSourceResponse, responses=_EVENTS)
async def all_events(current: CurrentJobs, services: ServicesDep) -> AsyncIterator[ServerSentEvent]:
    """Watch all jobs: every open job, then each job whenever it changes, as events named `job`.

    The stream ends if the job ledger becomes unavailable; reconnect then.
    """
    previous = {job.id: job for job in current.values() if job.state.final}
    with suppress(Unavailable):
        while True:
            for job in current.values():
                if job != previous.get(job.id) and can_see(job.collection):
                    yield _event(job)
            previous = current
            await asyncio.sleep(_POLL_INTERVAL_S)
            current = await run_in_threadpool(_poll, previous, services)


def _poll(previous: Mapping[str, Job], services: Services) -> dict[str, Job]:
    """Return the current jobs, and the final states of open jobs that are no longer listed."""
    current = _current_jobs(services)
    dropped = [job.id for job in previous.values() if not job.state.final and job.id not in current]
    return {**current, **{job: services.ledger.get(job) for job in dropped}}


@router.get("/{job}")
def get(job: JobDep) -> JobOut:
    """Get a job with its progress."""
    return JobOut.model_validate(job)


@router.get("/{job}/failures")
def failures(
    job: JobDep,
    services: ServicesDep,
    limit: Annotated[Limit, Query(le=1000)] = 100,
    cursor: CursorQuery = None,
) -> FailuresPage:
    """List the files that a job could not process, with the reasons."""
    if cursor is not None and not (cursor.isdecimal() and len(cursor) < 10):
        raise InvalidInput("cursor: send the `next_cursor` of the previous page")
    records, next_start = services.ledger.failures(job.id, start=int(cursor or 0), limit=limit)
    return FailuresPage(
        items=[FailureOut.model_validate(failure) for failure in records],
        next_cursor=None if next_start is None else str(next_start),
    )


@router.post("/{job}/cancel", responses=problem_responses(_ENDED))
def cancel(job: JobDep, services: ServicesDep) -> JobOut:
    """Cancel a job. The job ends within one chunk; completed chunks remain."""
    canceled = services.ledger.cancel(job.id)
    if not canceled.state.final:
        services.dispatcher.enqueue(canceled.kind, canceled.id)
    return JobOut.model_validate(canceled)


@router.post(
    "/{job}/retry", status_code=202, response_model=JobOut, responses=problem_responses(_SUCCEEDED)
)
def retry(job: JobDep, request: Request, services: ServicesDep) -> Response:
    """Retry the unfinished part of a job as a new job."""
    new = make_retry(job, list(services.ledger.all_failures(job.id)))
    return JobResponse(services.dispatcher.submit(new), request, services)


@router.get("/{job}/events", response_class=EventSourceResponse, responses=_EVENTS)
async def events(job: JobDep, services: ServicesDep) -> AsyncIterator[ServerSentEvent]:
    """Watch a job: its state now and after each change until it ends, as events named `job`."""
    current = job
    yield _event(current)
    with suppress(Unavailable):
        while not current.state.final:
            await asyncio.sleep(_POLL_INTERVAL_S)
            previous, current = current, await run_in_threadpool(services.ledger.get, current.id)
            if current != previous:
                yield _event(current)


def _event(job: Job) -> ServerSentEvent:
    return ServerSentEvent(data=JobOut.model_validate(job).model_dump(mode="json"), event="job")
