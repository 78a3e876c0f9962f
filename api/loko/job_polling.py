"""Waits for jobs: a flow is answered when its job has ended, or when the wait is over."""

import asyncio
import time
from typing import Any

from api.loko.errors import RequestFailed
from api.loko.requests import BlockRequest

_FIRST_PAUSE_S, _MAX_PAUSE_S = 0.1, 0.5
_MAX_FAILURES, _MAX_REASONS = 20, 3
_TOO_MANY_REQUESTS = 429
_OPEN_STATES = ("queued", "running")
_ERROR_STATUS = {"failed": 422, "cancelled": 409}
Job = dict[str, Any]
Message = dict[str, Any]


async def wait_for_job(request: BlockRequest, job: Job, deadline: float) -> Job:
    """Poll a job until it ends or the deadline passes, and show its progress in Loko.

    Raises:
        RequestFailed: it failed or was cancelled.
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


async def _failure_reason(request: BlockRequest, job: Job) -> str:
    if job["problem"]:
        return str(job["problem"]["detail"])
    if job["state"] == "cancelled":
        return f"job {job['id']} was cancelled"
    failures = await _failures(request, job)
    reasons = (f"{failure['file']}: {failure['reason']}" for failure in failures[:_MAX_REASONS])
    return "; ".join(reasons)


async def _refresh(request: BlockRequest, job: Job) -> Job:
    try:
        refreshed: Job = await request.call_api("GET", f"/v1/jobs/{job['id']}")
    except RequestFailed as exc:
        if exc.status < 500 and exc.status != _TOO_MANY_REQUESTS:
            raise
        return job  # the job continues, and so does the wait
    return refreshed


def _progress_line(job: Job) -> str:
    progress = job["progress"]
    total = "" if progress["total"] is None else f" {progress['done']}/{progress['total']}"
    return f"{job['kind']}: {job['state']}{total}"


async def job_summary(request: BlockRequest, job: Job) -> Message:
    """Return the message about a job, including its first failures."""
    summary = {"job_id": job["id"], "status": job["state"]}
    summary |= {name: value for name, value in job.items() if name not in {"id", "state"}}
    if job["progress"]["failed"]:
        summary["failures"] = await _failures(request, job)
    return summary


async def _failures(request: BlockRequest, job: Job) -> list[dict[str, Any]]:
    path, query = f"/v1/jobs/{job['id']}/failures", {"limit": _MAX_FAILURES}
    failures: list[dict[str, Any]] = (await request.call_api("GET", path, params=query))["items"]
    return failures


async def wait_and_summarize(request: BlockRequest, job: Job, field_prefix: str = "") -> Message:
    """Wait for a job and return its message. `field_prefix`: of the form's fields for waiting."""
    return await job_summary(
        request, await wait_for_job(request, job, request.deadline(field_prefix))
    )
