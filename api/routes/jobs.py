"""Jobs: list, read, watch, failures, cancel, retry."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, ServicesDep
from api.errors import documented
from api.middleware.auth import visible
from api.schemas.models import FailureOut, FailuresPage, JobOut, JobsPage
from api.services.job_responses import job_answer
from core.errors import Conflict, InvalidInput, NotFound, Unavailable
from core.jobs import Job, again

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_LOOK_S = 0.5
_NEWEST = 10  # more do not begin and end between two looks
_ENDED = Conflict("job 5f0c1d9e7a2b4c3d8e6f0a1b has ended already: succeeded")
_WELL = Conflict("job 5f0c1d9e7a2b4c3d8e6f0a1b succeeded; there is nothing to try again")


def _visible(job: str, services: ServicesDep) -> Job:
    found = services.ledger.get(job)
    if not visible(found.collection):
        raise NotFound(f"there is no job {job!r}")
    return found


JobDep = Annotated[Job, Depends(_visible)]


def _look(services: ServicesDep) -> dict[str, Job]:
    """All open jobs and the newest, which may have ended since anybody looked."""
    newest, _ = services.ledger.page(limit=_NEWEST)
    return {job.id: job for job in (*newest, *services.ledger.open_jobs())}


FirstLook = Annotated[dict[str, Job], Depends(_look)]


@router.get("")
def list_some(
    services: ServicesDep,
    collection: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> JobsPage:
    """Jobs, the newest first."""
    found, following = services.ledger.page(collection=collection, cursor=cursor, limit=limit)
    seen = [JobOut.of(job) for job in found if visible(job.collection)]
    return JobsPage(items=seen, next_cursor=following)


@router.get("/events", response_class=EventSourceResponse)
async def all_events(first: FirstLook, services: ServicesDep) -> AsyncIterator[ServerSentEvent]:
    """Each job that has not ended, and again whenever it has changed, as events named `job`.

    The stream ends when the ledger cannot be read; ask again.
    """
    now, told = first, {job.id: job for job in first.values() if job.state.final}
    with suppress(Unavailable):
        while True:
            for job in now.values():
                if job != told.get(job.id) and visible(job.collection):
                    yield _event(job)
            told = now
            await asyncio.sleep(_LOOK_S)
            now = await run_in_threadpool(_look_again, told, services)


def _look_again(told: Mapping[str, Job], services: Services) -> dict[str, Job]:
    """What there is to see now, and how those that were open and are out of sight have ended."""
    found = _look(services)
    gone = [job.id for job in told.values() if not job.state.final and job.id not in found]
    return {**found, **{job: services.ledger.get(job) for job in gone}}


@router.get("/{job}")
def get(job: JobDep) -> JobOut:
    """One job, with its progress."""
    return JobOut.of(job)


@router.get("/{job}/failures")
def failures(
    job: JobDep,
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> FailuresPage:
    """Files that the job could not take, each with the reason."""
    if cursor is not None and not (cursor.isdecimal() and len(cursor) < 10):
        raise InvalidInput("cursor: send the next_cursor of the page before")
    found, following = services.ledger.failures(job.id, start=int(cursor or 0), limit=limit)
    return FailuresPage(
        items=[FailureOut.of(failure) for failure in found],
        next_cursor=None if following is None else str(following),
    )


@router.post("/{job}/cancel", responses=documented(_ENDED))
def cancel(job: JobDep, services: ServicesDep) -> JobOut:
    """Stop a job; it ends within one chunk, and keeps what it has done."""
    asked = services.ledger.cancel(job.id)
    if not asked.state.final:
        services.dispatcher.announce(asked.kind, asked.id)
    return JobOut.of(asked)


@router.post("/{job}/retry", status_code=202, response_model=JobOut, responses=documented(_WELL))
async def retry(job: JobDep, request: Request, services: ServicesDep) -> Response:
    """Try again, in a new job, what this one did not bring about."""
    made = await run_in_threadpool(_retry, job, services)
    return await job_answer(request, services, made)


def _retry(job: Job, services: Services) -> Job:
    new = again(job, list(services.ledger.all_failures(job.id)))
    return services.dispatcher.submit(new)


@router.get("/{job}/events", response_class=EventSourceResponse)
async def events(job: JobDep, services: ServicesDep) -> AsyncIterator[ServerSentEvent]:
    """The job whenever it has changed, as server-sent events named `job`, until it has ended."""
    now = job
    yield _event(now)
    with suppress(Unavailable):
        while not now.state.final:
            await asyncio.sleep(_LOOK_S)
            told, now = now, await run_in_threadpool(services.ledger.get, now.id)
            if now != told:
                yield _event(now)


def _event(job: Job) -> ServerSentEvent:
    return ServerSentEvent(data=JobOut.of(job).model_dump(mode="json"), event="job")
