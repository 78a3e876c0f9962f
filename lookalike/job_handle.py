"""Jobs that can be waited for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from lookalike.models import Job
from lookalike.polling import poll_until_final
from lookalike.transport import Transport, quote_segment


@dataclass(frozen=True)
class JobHandle(Job):
    """A job as the server last reported it, with the connection to ask about it again.

    It never changes: `wait` and `refresh` return a new handle.
    """

    transport: Transport = field(repr=False, compare=False, kw_only=True)

    def wait(
        self,
        *,
        progress: bool = False,
        on_progress: Callable[["JobHandle"], None] | None = None,
    ) -> "JobHandle":
        """Return the job when it has ended, whether it succeeded or not: see its `state`.

        With `progress`, a progress bar is shown on stderr if that is a terminal. The server may
        be restarted meanwhile.

        Raises:
            NotReachable: the server was unreachable for too long.
        """
        if not progress:
            return poll_until_final(self, self.refresh, on_progress)
        from lookalike.progress_bars import JobBars

        with JobBars(self.kind, "") as bars:
            return poll_until_final(self, self.refresh, bars.show_job)

    def refresh(self) -> "JobHandle":
        """Return the current state of the job."""
        return get_job(self.transport, self.id)


def job_handle(transport: Transport, body: Mapping[str, Any]) -> JobHandle:
    """Return the job of a JSON object, connected to its server."""
    job = Job.from_json(body)
    values = {field.name: getattr(job, field.name) for field in fields(job)}
    return JobHandle(**values, transport=transport)


def job_path(job_id: str) -> str:
    """Return the path of a job."""
    return f"v1/jobs/{quote_segment(job_id)}"


def get_job(transport: Transport, job_id: str) -> JobHandle:
    """Request the current state of a job."""
    return job_handle(transport, transport.call("GET", job_path(job_id)))


def delete_by_job(transport: Transport, path: str, collection: str, kind: str) -> JobHandle:
    """Delete a resource and return the job that does it.

    If the response was lost, the job is looked up in the list of jobs.
    """
    body = transport.delete(path)
    if body is None:
        jobs = transport.paginate("v1/jobs", {"collection": collection})
        body = next((job for job in jobs if job["kind"] == kind), None)
    # without such a job the request never arrived: repeat it, and let the server's error through
    return job_handle(transport, body or transport.call("DELETE", path))
