"""Responses to requests that create a job."""

import asyncio
import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api.dependencies import CollectionDep, Services
from api.middleware.current_key import current_key_id
from api.schemas.jobs import JobOut
from api.schemas.parameters import IdempotencyKeyHeader
from api.services.multipart_upload import UploadedForm
from api.services.upload_use import submit_resumed
from api.services.urls import with_prefix
from core.errors import CoreError, InvalidInput, Unavailable
from core.jobs import Idempotency, Job, NewJob
from core.settings import Limits
from core.storage import Uploads

ReceiveForm = Callable[[Request, Uploads, Limits], Awaitable[UploadedForm]]
MakeJob = Callable[[UploadedForm], NewJob]

MAX_WAIT_S = 300
_FIRST_INTERVAL_S, _MAX_INTERVAL_S = 0.1, 0.5


class JobResponse(Response):
    """A job with status 202, or 200 if it finishes within the N seconds of `Prefer: wait=N`."""

    def __init__(self, job: Job, request: Request, services: Services) -> None:
        super().__init__()
        self._job, self._request, self._ledger = job, request, services.ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait as long as the client prefers, then send the job."""
        wait = re.search(r"\bwait\s*=\s*(\d{1,9})\b", self._request.headers.get("prefer", ""))
        deadline = time.monotonic() + (min(int(wait[1]), MAX_WAIT_S) if wait else 0)
        job = self._job
        interval_s = _FIRST_INTERVAL_S
        while not job.state.final and time.monotonic() < deadline:
            await asyncio.sleep(interval_s)
            interval_s = min(interval_s * 1.3, _MAX_INTERVAL_S)
            job = await run_in_threadpool(self._ledger.get, job.id)
        response = JSONResponse(
            JobOut.model_validate(job).model_dump(mode="json"),
            200 if wait and job.state.final else 202,
            headers={"Location": with_prefix(self._request, f"/v1/jobs/{job.id}")},
        )
        await response(scope, receive, send)


def _idempotency_key(
    request: Request, collection: CollectionDep, idempotency_key: IdempotencyKeyHeader = None
) -> str | None:
    """Return the Idempotency-Key header, scoped to API key, method, path and collection.

    A collection that was deleted and created again counts as a different one.
    """
    if idempotency_key is None:
        return None
    if not 1 <= len(idempotency_key) <= 200:
        raise InvalidInput("Idempotency-Key: use 1 to 200 characters")
    created = collection.created_at.isoformat()
    scope = (current_key_id(), request.method, request.url.path, created)
    return " ".join((*scope, idempotency_key))


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
    request: Request,
    services: Services,
    key: str | None,
    receive: ReceiveForm,
    new_job: MakeJob,
    file_field: str = "files",
) -> Response:
    """Receive an upload and submit its job, or return the earlier job of the idempotency key.

    A form may name a resumable upload as `upload`, in place of a file in `file_field`.

    Raises:
        InvalidInput: a different request was sent with this key.
        Unavailable: a new job is needed, but too many jobs are open.
    """
    await run_in_threadpool(_check_capacity, services, key)
    form = await receive(request, services.uploads, services.settings.limits)
    digest = hashlib.sha256(f"{request.url.query} {form.digest}".encode()).hexdigest()
    idempotency = Idempotency(key, digest) if key else None
    if "upload" in form.texts:
        arguments = (services, idempotency, form, file_field, new_job)
        job = await run_in_threadpool(submit_resumed, *arguments)
    else:
        job = await run_in_threadpool(_submit_upload, services, idempotency, form, new_job)
    return JobResponse(job, request, services)


def _check_capacity(services: Services, key: str | None) -> None:
    if key is None or not services.ledger.knows_key(key):
        ensure_queue_capacity(services)


def _submit_upload(
    services: Services, idempotency: Idempotency | None, form: UploadedForm, new_job: MakeJob
) -> Job:
    """Submit a job under the ID of its upload, so that uploads without a job can be found.

    Discard the upload if it is rejected, or if an earlier request had the same key.
    """
    try:
        new = new_job(form)
    except CoreError:
        services.uploads.discard(form.upload_id)
        raise
    try:
        job = services.dispatcher.submit(new, idempotency=idempotency, job_id=form.upload_id)
    except InvalidInput:  # if Redis is unavailable, the job may have been recorded nevertheless
        services.uploads.discard(form.upload_id)
        raise
    if job.id != form.upload_id:
        services.uploads.discard(form.upload_id)
    return job
