"""What a server can be asked about its jobs."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lookalike.models import Failure, Job
from lookalike.polling import job_of, job_path
from lookalike.transport import Transport


class JobCalls:
    """The methods of `Lookalike` that are about jobs."""

    _http: Transport

    def jobs(self, collection: str | None = None) -> Iterator[Job]:
        """Yield jobs, the newest first."""
        params = {"collection": collection} if collection else {}
        return map(self._told, self._http.pages("v1/jobs", params))

    def job(self, job_id: str) -> Job:
        """Return one job as it stands now."""
        return self._told(self._http.call("GET", job_path(job_id)))

    def events(self, job_id: str | None = None) -> Iterator[Job]:
        """Yield a job whenever it has changed, until it has ended; without an id, every job."""
        path = "v1/jobs/events" if job_id is None else f"{job_path(job_id)}/events"
        while True:  # the server may end a stream early; the next begins with how things stand
            for line in self._http.lines(path):
                name, _, text = line.partition(":")
                if name == "data":
                    now = self._told(json.loads(text))
                    yield now
                    if job_id is not None and now.state.final:
                        return

    def failures(self, job_id: str) -> Iterator[Failure]:
        """Yield the files that a job could not take, with the reasons."""
        return map(Failure.of, self._http.pages(f"{job_path(job_id)}/failures", {"limit": 1000}))

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop; it keeps what it has done."""
        return self._told(self._http.call("POST", f"{job_path(job_id)}/cancel"))

    def retry(self, job_id: str) -> Job:
        """Try in a new job what this one did not bring about."""
        return self._told(self._http.call("POST", f"{job_path(job_id)}/retry"))

    def wait(self, job: Job, on_progress: Callable[[Job], None] | None = None) -> Job:
        """Return the job when it has ended; the server may be restarted meanwhile."""
        return job.wait(on_progress=on_progress)

    def _told(self, body: Mapping[str, Any]) -> Job:
        return job_of(self._http, body)
