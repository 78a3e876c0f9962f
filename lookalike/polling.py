"""Waiting for a job: looked at ever less often, and patient with a server that is restarted."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lookalike.errors import LocalProblem, NotReachable
from lookalike.models import Job
from lookalike.transport import Transport, quoted

_PATIENCE_S = 30.0  # a server that is being restarted may be away for so long
_FIRST_LOOK_S, _SLOWEST_LOOK_S = 0.1, 1.0


def job_path(job_id: str) -> str:
    """Return where a job is."""
    return f"v1/jobs/{quoted(job_id)}"


def job_of(http: Transport, body: Mapping[str, Any]) -> Job:
    """Read a job's JSON, and remember which server told it."""
    job = Job.of(body)
    return replace(job, look=lambda: job_of(http, http.call("GET", job_path(job.id))))


def deletion(http: Transport, path: str, collection: str, kind: str) -> Job:
    """Delete something by a job and return the job; if its answer was lost, by asking for it."""
    body = http.delete(path)
    if body is None:
        jobs = http.pages("v1/jobs", {"collection": collection})
        body = next((one for one in jobs if one["kind"] == kind), None)
    return job_of(http, body or http.call("DELETE", path))  # never arrived: told by the server


def wait(job: Job, on_progress: Callable[[Job], None] | None = None) -> Job:
    """Return the job when it has ended; `on_progress` is told of it at each look."""
    pause = _FIRST_LOOK_S
    while True:
        if on_progress:
            on_progress(job)
        if job.state.final:
            return job
        time.sleep(pause)
        pause = min(pause * 1.3, _SLOWEST_LOOK_S)
        job = _patiently(job)


def watch(job: Job) -> Job:
    """Wait for a job with a bar on the terminal."""
    from lookalike.progress import JobBars

    with JobBars(job.kind, "") as bars:
        return wait(job, bars.worked)


def _patiently(job: Job) -> Job:
    if job.look is None:
        raise LocalProblem(f"job {job.id} was not told by a server; ask one: server.job(id)")
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return job.look()
        except NotReachable:
            if time.monotonic() > until:
                raise
            time.sleep(_SLOWEST_LOOK_S)
