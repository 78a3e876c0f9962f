"""Jobs: list, read, watch, cancel and retry them, and list their failures."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, ServicesDep
from api.errors import problem_responses
from api.middleware.current_key import can_see, key_check
from api.schemas.jobs import FailureOut, FailuresPage, JobOut, JobsPage
from api.schemas.parameters import JOB_ID, CursorQuery, JobCollectionQuery, JobPath, Limit
from api.services.cursors import parse_start
from api.services.job_feed import POLL_INTERVAL_S, current_jobs
from api.services.job_responses import JobResponse
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from core.jobs import Job, make_retry

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_ID = re.compile(r"[0-9a-f]{24}")
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
    record = _find_job(job, services) if _ID.fullmatch(job) else None
    if record is None or not can_see(record.collection):
        raise NotFound(f"there is no job {job[:80]!r}; finished jobs are deleted after a while")
    return record


def _find_job(job_id: str, services: Services) -> Job:
    try:
        return services.ledger.get(job_id)
    except NotFound as exc:
        if services.uploads.exists(job_id):
            raise NotFound(
                f"job {job_id} is no longer known, but its files are still there; if Redis has "
                "lost data, send the files again"
            ) from exc
        raise


JobDep = Annotated[Job, Depends(_get_job)]


def _current_jobs(services: ServicesDep) -> dict[str, Job]:
    return current_jobs(services.ledger)


CurrentJobs = Annotated[dict[str, Job], Depends(_current_jobs)]


@router.get("")
def list_page(
    services: ServicesDep,
    collection: JobCollectionQuery = None,
    limit: Annotated[Limit, Query(le=200)] = 50,
    cursor: CursorQuery = None,
) -> JobsPage:
    """List jobs, newest first."""
    if collection and not can_see(collection):
        raise Forbidden(f"this key does not cover collection {collection[:80]!r}")
    jobs: list[Job] = []
    while len(jobs) <= limit:  # one more than a page tells whether there is a next page
        page, next_cursor = services.ledger.page(
            collection=collection, cursor=cursor, limit=limit + 1
        )
        jobs += [job for job in page if can_see(job.collection)]
        if next_cursor is None:
            break
        cursor = next_cursor
    items = [JobOut.model_validate(job) for job in jobs[:limit]]
    return JobsPage(items=items, next_cursor=items[-1].id if len(jobs) > limit else None)


@router.get("/events", response_class=EventSourceResponse, responses=_EVENTS)
async def all_events(current: CurrentJobs, services: ServicesDep) -> AsyncIterator[ServerSentEvent]:
    """Watch all jobs: every open job, then each job whenever it changes, as events named `job`.

    The stream ends if the job ledger becomes unavailable; reconnect then.
    """
    previous = {id: job for id, job in current.items() if job.state.final}
    with suppress(Unavailable), services.job_feed.watch():
        while await key_check.get()():
            for id, job in current.items():
                if job != previous.get(id) and can_see(job.collection):
                    yield _event(job)
            await asyncio.sleep(POLL_INTERVAL_S)
            previous, current = current, await _poll(current, services)


async def _poll(previous: Mapping[str, Job], services: Services) -> dict[str, Job]:
    """Return the current jobs, and the ended ones that were open before but left the feed."""
    jobs = await services.job_feed.jobs()
    missed = [id for id, job in previous.items() if not job.state.final and id not in jobs]
    ended = await run_in_threadpool(services.ledger.find_all, missed) if missed else []
    return {**jobs, **{job.id: job for job in ended}}


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
    """List the files that a job could not process, with the reasons.

    If a file contains very many errors, only the first 10,000 are listed; `progress.failed` counts
    all.
    """
    start = parse_start(cursor)
    records, next_start = services.ledger.failures(job.id, start=start, limit=limit)
    if start and not records:
        raise InvalidInput(
            f"cursor: it is past the end; job {job.id} has at most {start:,} failures"
        )
    return FailuresPage(
        items=[FailureOut.model_validate(failure) for failure in records],
        next_cursor=None if next_start is None else str(next_start),
    )


@router.post("/{job}/cancel", responses=problem_responses(_ENDED))
def cancel(job: JobDep, services: ServicesDep) -> JobOut:
    """Cancel a job. The job ends after the current chunk at the latest; completed chunks remain."""
    canceled = services.ledger.cancel(job.id)
    if not canceled.state.final:
        services.dispatcher.enqueue(canceled)
    return JobOut.model_validate(canceled)


@router.post(
    "/{job}/retry", status_code=202, response_model=JobOut, responses=problem_responses(_SUCCEEDED)
)
def retry(job: JobDep, request: Request, services: ServicesDep) -> Response:
    """Retry the unfinished part of a job as a new job."""
    new = make_retry(job, services.ledger.all_failures(job.id))
    return JobResponse(services.dispatcher.submit(new), request, services)


@router.get("/{job}/events", response_class=EventSourceResponse, responses=_EVENTS)
async def events(job: JobDep, services: ServicesDep) -> AsyncIterator[ServerSentEvent]:
    """Watch a job: its state now and after each change until it ends, as events named `job`."""
    current = job
    yield _event(current)
    with suppress(Unavailable), services.job_feed.watch(job.id):
        while not current.state.final and await key_check.get()():
            await asyncio.sleep(POLL_INTERVAL_S)
            previous, current = current, (await services.job_feed.jobs()).get(job.id, current)
            if current != previous:
                yield _event(current)


def _event(job: Job) -> ServerSentEvent:
    return ServerSentEvent(data=JobOut.model_validate(job).model_dump(mode="json"), event="job")
