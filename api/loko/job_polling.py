"""Waits until a job has ended or the time to wait is over, and summarizes the job."""

import asyncio
import time

from api.loko.client import Json
from api.loko.errors import RequestFailed
from api.loko.requests import BlockRequest

_FIRST_PAUSE_S, _MAX_PAUSE_S = 0.1, 0.5
_MAX_FAILURES, _MAX_REASONS = 20, 3
_TOO_MANY_REQUESTS = 429
_OPEN_STATES = ("queued", "running")
_ERROR_STATUS = {"failed": 422, "cancelled": 409}


async def wait_for_job(request: BlockRequest, job: Json, deadline: float) -> Json:
    """Poll a job until it ends or the deadline passes, and show its progress in Loko.

    Raises:
        RequestFailed: the job failed or was cancelled.
    """
    pause, shown_line = _FIRST_PAUSE_S, ""
    while job["state"] in _OPEN_STATES and (remaining := deadline - time.monotonic()) > 0:
        await asyncio.sleep(min(pause, remaining))
        pause = min(pause * 1.5, _MAX_PAUSE_S)
        job = await _refresh(request, job)
        if shown_line != (shown_line := _progress_line(job)):
            request.gateway.show_progress(shown_line, job["collection"])
    if status := _ERROR_STATUS.get(job["state"]):
        raise RequestFailed(await _failure_reason(request, job), status)
    return job


async def _failure_reason(request: BlockRequest, job: Json) -> str:
    if job["problem"]:
        return str(job["problem"]["detail"])
    if job["state"] == "cancelled":
        return f"job {job['id']} was cancelled"
    failures = await _failures(request, job)
    reasons = (f"{failure['file']}: {failure['reason']}" for failure in failures[:_MAX_REASONS])
    return "; ".join(reasons)


async def _refresh(request: BlockRequest, job: Json) -> Json:
    try:
        return await request.call_api("GET", f"/v1/jobs/{job['id']}")
    except RequestFailed as exc:
        if exc.status < 500 and exc.status != _TOO_MANY_REQUESTS:
            raise
        return job  # the job continues, and so does the wait


def _progress_line(job: Json) -> str:
    progress = job["progress"]
    total = "" if progress["total"] is None else f" {progress['done']}/{progress['total']}"
    return f"{job['kind']}: {job['state']}{total}"


async def job_summary(request: BlockRequest, job: Json) -> Json:
    """Return the message about a job, including its first failures."""
    summary = {"job_id": job["id"], "status": job["state"]}
    summary |= {name: value for name, value in job.items() if name not in {"id", "state"}}
    if job["progress"]["failed"]:
        summary["failures"] = await _failures(request, job)
    return summary


async def _failures(request: BlockRequest, job: Json) -> list[Json]:
    path, query = f"/v1/jobs/{job['id']}/failures", {"limit": _MAX_FAILURES}
    page = await request.call_api("GET", path, params=query)
    return list(page["items"])


async def wait_and_summarize(request: BlockRequest, job: Json, field_prefix: str = "") -> Json:
    """Wait for a job until the deadline of the request, and return the message about the job."""
    job = await wait_for_job(request, job, request.deadline(field_prefix))
    return await job_summary(request, job)
