"""Jobs with a connection to their server; waiting for a job survives restarts of the server."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import ACCEPTED
from typing import Any

from lookalike.errors import NotReachable, ServerProblem
from lookalike.models import Job
from lookalike.transport import Transport, quote_segment

RESTART_GRACE_S = 30.0  # a server that restarts may be unreachable for this long
FIRST_INTERVAL_S, MAX_INTERVAL_S = 0.1, 1.0


@dataclass(frozen=True)
class JobHandle(Job):
    """A job as the server last reported it; `wait` and `refresh` return newer handles."""

    transport: Transport = field(repr=False, compare=False, kw_only=True)

    def wait(
        self, *, progress: bool = False, on_progress: Callable[["JobHandle"], None] | None = None
    ) -> "JobHandle":
        """Return the job when it has ended; its `state` tells whether it succeeded.

        With `progress`, a progress bar is shown on stderr if stderr is a terminal. The server may
        restart in the meantime.

        Raises:
            NotReachable: the server was unreachable for more than `RESTART_GRACE_S`.
        """
        if not progress:
            return self._poll(on_progress)
        from lookalike.progress_bars import JobBars

        with JobBars(self.kind, "") as bars:
            return self._poll(bars.show_job)

    def refresh(self) -> "JobHandle":
        """Return the current state of the job."""
        return request_job(self.transport, "GET", job_path(self.id))

    def _poll(self, on_progress: Callable[["JobHandle"], None] | None) -> "JobHandle":
        """Return the job when it has ended; call `on_progress` with every state seen."""
        job, interval = self, FIRST_INTERVAL_S
        while True:
            if on_progress:
                on_progress(job)
            if job.state.final:
                return job
            time.sleep(interval)
            interval = min(interval * 1.3, MAX_INTERVAL_S)
            job = self._refresh_patiently()

    def _refresh_patiently(self) -> "JobHandle":
        deadline = time.monotonic() + RESTART_GRACE_S
        while True:
            try:
                return self.refresh()
            except NotReachable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(MAX_INTERVAL_S)


def job_handle(transport: Transport, body: Mapping[str, Any]) -> JobHandle:
    """Return the job that a JSON object describes, connected to its server."""
    return JobHandle(**vars(Job.from_json(body)), transport=transport)


def job_path(job_id: str) -> str:
    """Return the path of a job."""
    return f"v1/jobs/{quote_segment(job_id)}"


def request_job(transport: Transport, method: str, path: str, **request: Any) -> JobHandle:
    """Send a request whose response is a job, and return it."""
    return job_handle(transport, transport.call(method, path, **request))


def delete_by_job(transport: Transport, path: str, collection: str, kind: str) -> JobHandle:
    """Delete a resource and return the job of the deletion.

    If the response was lost, find the job in the list of jobs.

    Raises:
        ServerProblem: the job deletes something else, because the path was changed on the way
            to the server.
    """
    body = transport.delete(path)
    if body is None:
        jobs = transport.paginate("v1/jobs", {"collection": collection})
        body = next((job for job in jobs if job["kind"] == kind), None)
    # without such a job the request never arrived: repeat it, and raise the server's error
    body = body or transport.call("DELETE", path)
    check_deletion(body, {"collection": collection, "kind": kind})
    return job_handle(transport, body)


def check_deletion(body: Mapping[str, Any] | None, expected: Mapping[str, str] | None) -> None:
    """Raise ServerProblem unless the response to a deletion has the expected fields or no body."""
    actual = None if body is None else {name: body.get(name) for name in expected or {}}
    if actual != expected:
        detail = f"the server deleted something other than requested and returned {body}"
        raise ServerProblem(ACCEPTED, {"code": "wrong-deletion", "detail": detail})
