"""Responses to requests that create a job: at once, or when the job has ended."""

import asyncio
import re
import time
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services
from api.schemas.jobs import JobOut
from api.schemas.parameters import IdempotencyKeyHeader
from api.services.urls import with_prefix
from core.errors import InvalidInput, Unavailable
from core.jobs import Job, NewJob

MAX_WAIT_S = 300
_POLL_INTERVAL_S = 0.1


def _idempotency_key(request: Request, idempotency_key: IdempotencyKeyHeader = None) -> str | None:
    """The header, scoped to method and path: the same key elsewhere is another request."""
    if idempotency_key is None:
        return None
    if not 1 <= len(idempotency_key) <= 200:
        raise InvalidInput("Idempotency-Key: use 1 to 200 characters")
    return f"{request.method} {request.url.path} {idempotency_key}"


IdempotencyKeyDep = Annotated[str | None, Depends(_idempotency_key)]


def find_idempotent_job(services: Services, key: str | None) -> Job | None:
    """Return the job that an earlier request with this key created; None: a new one is needed.

    Raises:
        Unavailable: a new job is needed, but too many are open.
    """
    if job_id := services.ledger.find_by_key(key) if key else None:
        return services.ledger.get(job_id)
    ensure_queue_capacity(services)
    return None


def ensure_queue_capacity(services: Services) -> None:
    """Check that another job may be created, before anything of it is stored.

    Raises:
        Unavailable: too many jobs are open.
    """
    limit = services.settings.jobs.max_open
    if services.ledger.open_count() >= limit:
        raise Unavailable(f"too many open jobs ({limit:,}); retry later")


def submit_upload(services: Services, new: NewJob, key: str | None) -> Job:
    """Submit a job for a staged upload; discard the upload if a concurrent request had the key.

    The job has the id of its upload, so that uploads without a recorded job can be found.
    """
    upload = new.args["upload"]
    job = services.dispatcher.submit(new, idempotency_key=key, job_id=upload)
    if job.id != upload:
        services.uploads.discard(upload)
    return job


async def job_response(request: Request, services: Services, job: Job) -> Response:
    """Return 202 with the job; with `Prefer: wait=N`, 200 with the finished job if in time."""
    wait = re.search(r"\bwait\s*=\s*(\d{1,9})\b", request.headers.get("prefer", ""))
    if wait:
        job = await _poll_until_final(services, job, min(int(wait[1]), MAX_WAIT_S))
    return JSONResponse(
        JobOut.from_job(job).model_dump(mode="json"),
        200 if wait and job.state.final else 202,
        headers={"Location": with_prefix(request, f"/v1/jobs/{job.id}")},
    )


async def _poll_until_final(services: Services, job: Job, timeout_s: float) -> Job:
    deadline = time.monotonic() + timeout_s
    while not job.state.final and time.monotonic() < deadline:
        await asyncio.sleep(_POLL_INTERVAL_S)
        job = await run_in_threadpool(services.ledger.get, job.id)
    return job
