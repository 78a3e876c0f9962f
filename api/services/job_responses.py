"""How a request that makes a job is answered: at once, or when the job has ended."""

import asyncio
import re
import time
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services
from api.schemas.models import JobOut, below_prefix
from core.errors import InvalidInput, Unavailable
from core.jobs import Job, NewJob

MAX_WAIT_S = 300
_POLL_S = 0.1


def _key(request: Request, idempotency_key: Annotated[str | None, Header()] = None) -> str | None:
    """The key within its method and path: elsewhere it means another request."""
    if idempotency_key is None:
        return None
    if not 1 <= len(idempotency_key) <= 200:
        raise InvalidInput("Idempotency-Key: use 1 to 200 characters")
    return f"{request.method} {request.url.path} {idempotency_key}"


KeyDep = Annotated[str | None, Depends(_key)]


def known_job(services: Services, key: str | None) -> Job | None:
    """The job that an earlier request with this key made; else there is room for another.

    Raises:
        Unavailable: too many jobs have not ended yet.
    """
    if found := services.ledger.find_by_key(key) if key else None:
        return services.ledger.get(found)
    check_queue(services)
    return None


def check_queue(services: Services) -> None:
    """See that there is room for another job, before anything of it is kept.

    Raises:
        Unavailable: there is none.
    """
    most = services.settings.jobs.open
    if services.ledger.open_count() >= most:
        raise Unavailable(f"{most:,} jobs have not ended yet; send it again later")


def submit_upload(services: Services, new: NewJob, key: str | None) -> Job:
    """Submit a job of a staged upload; that is dropped, where the same key came twice at once.

    The job has the id of its upload: by that it is seen whose job was never recorded.
    """
    upload = new.args["upload"]
    job = services.dispatcher.submit(new, idempotency_key=key, job_id=upload)
    if job.id != upload:
        services.uploads.discard(upload)
    return job


async def job_answer(request: Request, services: Services, job: Job) -> Response:
    """202 with the job; with `Prefer: wait=N`, 200 with the ended job if it ends in time."""
    wanted = re.search(r"\bwait\s*=\s*(\d{1,9})\b", request.headers.get("prefer", ""))
    if wanted:
        job = await _ended(services, job, min(int(wanted[1]), MAX_WAIT_S))
    return JSONResponse(
        JobOut.of(job).model_dump(mode="json"),
        200 if wanted and job.state.final else 202,
        headers={"Location": below_prefix(request, f"/v1/jobs/{job.id}")},
    )


async def _ended(services: Services, job: Job, wait_s: float) -> Job:
    until = time.monotonic() + wait_s
    while not job.state.final and time.monotonic() < until:
        await asyncio.sleep(_POLL_S)
        job = await run_in_threadpool(services.ledger.get, job.id)
    return job
