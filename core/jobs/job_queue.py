"""Submits jobs to the ledger, then to their queue."""

import logging
from collections.abc import Callable

from core.errors import Unavailable
from core.jobs.job import Job, JobKind, NewJob
from core.jobs.ledger import Ledger

log = logging.getLogger(__name__)

Send = Callable[[str, str, str], None]
"""Sends a task message (name, argument, queue), or raises `Unavailable`."""


class JobQueue:
    """Records jobs in the ledger and sends their ids to the workers."""

    def __init__(self, ledger: Ledger, send: Send) -> None:
        self._ledger = ledger
        self._send = send

    def submit(
        self, new: NewJob, *, idempotency_key: str | None = None, job_id: str | None = None
    ) -> Job:
        """Record a job and enqueue it.

        Raises:
            Unavailable: the ledger could not record the job; nothing was stored.
        """
        job = self._ledger.create(new, idempotency_key=idempotency_key, job_id=job_id)
        self.enqueue(job.kind, job.id)
        return job

    def enqueue(self, kind: JobKind, job_id: str) -> None:
        """Send the id of a recorded job to its queue; if this fails, the sweeper retries."""
        try:
            self._send(kind.value, job_id, kind.queue)
        except Unavailable as exc:
            log.warning("job %s is not enqueued yet; the sweeper will retry: %s", job_id, exc)
