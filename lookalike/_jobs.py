"""The client's methods for jobs."""

import json
from collections.abc import Iterator

from lookalike.job_handle import JobHandle, job_handle, job_path, request_job
from lookalike.models import Failure
from lookalike.transport import Transport


class JobMethods:
    """The methods of `Lookalike` for jobs."""

    _transport: Transport

    def jobs(self, collection: str | None = None) -> Iterator[JobHandle]:
        """Yield jobs, newest first."""
        params = {"collection": collection} if collection else {}
        rows = self._transport.paginate("v1/jobs", params)
        return (job_handle(self._transport, row) for row in rows)

    def job(self, job_id: str) -> JobHandle:
        """Return the current state of a job."""
        return request_job(self._transport, "GET", job_path(job_id))

    def events(self, job_id: str | None = None) -> Iterator[JobHandle]:
        """Yield a job whenever it changes, until it has ended; without an ID, watch all jobs."""
        path = "v1/jobs/events" if job_id is None else f"{job_path(job_id)}/events"
        while True:  # the server may close a stream early; a new one starts with the current state
            for line in self._transport.stream_lines(path):
                name, _, text = line.partition(":")
                if name == "data":
                    job = job_handle(self._transport, json.loads(text))
                    yield job
                    if job_id is not None and job.state.final:
                        return

    def failures(self, job_id: str) -> Iterator[Failure]:
        """Yield the files that a job could not process, each with the reason."""
        path = f"{job_path(job_id)}/failures"
        return map(Failure.from_json, self._transport.paginate(path, {"limit": 1000}))

    def cancel(self, job_id: str) -> JobHandle:
        """Ask a job to stop; the work it has already done is kept."""
        return request_job(self._transport, "POST", f"{job_path(job_id)}/cancel")

    def retry(self, job_id: str) -> JobHandle:
        """Retry the failed part of a job in a new job."""
        return request_job(self._transport, "POST", f"{job_path(job_id)}/retry")
