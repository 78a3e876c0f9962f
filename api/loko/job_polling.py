"""Long work: a flow is answered when its job has ended, or when the wait is over."""

import asyncio
import time
from typing import Any

from api.loko.errors import Refused
from api.loko.requests import Call

_SOON_S, _LOOK_S = 0.1, 0.5
_FAILURES, _REASONS = 20, 3
_TOO_MANY = 429
_OPEN = ("queued", "running")
_AMISS = {"failed": 422, "cancelled": 409}
Job = dict[str, Any]
Told = dict[str, Any]


async def ended(call: Call, job: Job, until: float) -> Job:
    """The job when it has ended, or as it stands when the wait is over; progress is told.

    Raises:
        Refused: it has failed, or was cancelled.
    """
    pause, line = _SOON_S, ""
    while job["state"] in _OPEN and (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, _LOOK_S)
        job = await _looked_at(call, job)
        if line != (line := _line(job)):
            call.gateway.tell(line, job["collection"])
    if status := _AMISS.get(job["state"]):
        raise Refused(await _why(call, job), status)
    return job


async def _why(call: Call, job: Job) -> str:
    if job["problem"]:
        return str(job["problem"]["detail"])
    if job["state"] == "cancelled":
        return f"job {job['id']} was cancelled"
    failures = await _failures(call, job)
    return "; ".join(f"{one['file']}: {one['reason']}" for one in failures[:_REASONS])


async def _looked_at(call: Call, job: Job) -> Job:
    try:
        found: Job = await call.ask("GET", f"/v1/jobs/{job['id']}")
    except Refused as exc:
        if exc.status < 500 and exc.status != _TOO_MANY:
            raise
        return job  # the job goes on; so does the wait
    return found


def _line(job: Job) -> str:
    progress = job["progress"]
    total = "" if progress["total"] is None else f" {progress['done']}/{progress['total']}"
    return f"{job['kind']}: {job['state']}{total}"


async def told(call: Call, job: Job) -> Told:
    """What a flow is told of a job, with some of the files that failed."""
    answer = {"job_id": job["id"], "status": job["state"]}
    answer |= {name: value for name, value in job.items() if name not in {"id", "state"}}
    if job["progress"]["failed"]:
        answer["failures"] = await _failures(call, job)
    return answer


async def _failures(call: Call, job: Job) -> list[dict[str, Any]]:
    """Some of the files that the job could not take."""
    path = f"/v1/jobs/{job['id']}/failures"
    found: list[dict[str, Any]] = (await call.ask("GET", path, params={"limit": _FAILURES}))[
        "items"
    ]
    return found


async def outcome(call: Call, job: Job, wait: str = "") -> Told:
    """What a flow is told of a job that it waits for; `wait` begins the form's fields for it."""
    return await told(call, await ended(call, job, call.until(wait)))
