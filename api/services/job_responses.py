"""Responses to requests that create a job."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api.dependencies import Services
from api.schemas.jobs import JobOut
from api.schemas.parameters import IdempotencyKeyHeader
from api.services.multipart_upload import UploadedForm
from api.services.urls import with_prefix
from core.errors import CoreError, InvalidInput, Unavailable
from core.jobs import Job, NewJob
from core.settings import Limits
from core.storage import Uploads

ReceiveForm = Callable[[Request, Uploads, Limits], Awaitable[UploadedForm]]
MakeJob = Callable[[UploadedForm], NewJob]

MAX_WAIT_S = 300
_POLL_INTERVAL_S = 0.1


class JobResponse(Response):
    """A job with status 202, or with 200 if the job finished in the time of `Prefer: wait=N`."""

    def __init__(self, job: Job, request: Request, services: Services) -> None:
        super().__init__()
        self._job, self._request, self._ledger = job, request, services.ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait as long as the client prefers, then send the job."""
        wait = re.search(r"\bwait\s*=\s*(\d{1,9})\b", self._request.headers.get("prefer", ""))
        deadline = time.monotonic() + (min(int(wait[1]), MAX_WAIT_S) if wait else 0)
        job = self._job
        while not job.state.final and time.monotonic() < deadline:
            await asyncio.sleep(_POLL_INTERVAL_S)
            job = await run_in_threadpool(self._ledger.get, job.id)
        response = JSONResponse(
            JobOut.model_validate(job).model_dump(mode="json"),
            200 if wait and job.state.final else 202,
            headers={"Location": with_prefix(self._request, f"/v1/jobs/{job.id}")},
        )
        await response(scope, receive, send)


def _idempotency_key(request: Request, idempotency_key: IdempotencyKeyHeader = None) -> str | None:
    """Return the header, scoped to the method and path of the request."""
    if idempotency_key is None:
        return None
    if not 1 <= len(idempotency_key) <= 200:
        raise InvalidInput("Idempotency-Key: use 1 to 200 characters")
    return f"{request.method} {request.url.path} {idempotency_key}"


IdempotencyKeyDep = Annotated[str | None, Depends(_idempotency_key)]


def ensure_queue_capacity(services: Services) -> None:
    """Check that another job may be created; call this before storing its upload.

    Raises:
        Unavailable: too many jobs are open.
    """
    limit = services.settings.jobs.max_open
    if services.ledger.open_count() >= limit:
        raise Unavailable(f"too many open jobs ({limit:,}); retry later")


async def upload_response(
    request: Request, services: Services, key: str | None, receive: ReceiveForm, new_job: MakeJob
) -> Response:
    """Receive an upload and submit its job; a request with a known key gets the existing job.

    Raises:
        Unavailable: a new job is needed, but too many jobs are open.
    """
    job = await run_in_threadpool(_find_by_key, services, key)
    if job is None:
        form = await receive(request, services.uploads, services.settings.limits)
        job = await run_in_threadpool(_submit_upload, services, key, form, new_job)
    return JobResponse(job, request, services)


def _find_by_key(services: Services, key: str | None) -> Job | None:
    if job_id := services.ledger.find_by_key(key) if key else None:
        return services.ledger.get(job_id)
    ensure_queue_capacity(services)
    return None


def _submit_upload(
    services: Services, key: str | None, form: UploadedForm, new_job: MakeJob
) -> Job:
    """Submit a job under the ID of its upload, so that uploads without a job can be found.

    Discard the upload if `new_job` rejects it, or if a concurrent request had the same key.
    """
    try:
        new = new_job(form)
    except CoreError:
        services.uploads.discard(form.upload_id)
        raise
    job = services.dispatcher.submit(new, idempotency_key=key, job_id=form.upload_id)
    if job.id != form.upload_id:
        services.uploads.discard(form.upload_id)
    return job
