"""Submits jobs to the ledger, then to their queue."""

import logging
from collections.abc import Callable, Iterable
from typing import NamedTuple

from core.errors import Unavailable
from core.jobs.job import Changes, Delay, Job, JobKind, NewJob
from core.jobs.ledger import Idempotency, Ledger

log = logging.getLogger(__name__)


class JobMessage(NamedTuple):
    """What a message on a queue says: the workers read the ID, people read the rest."""

    kind: JobKind
    job_id: str
    collection: str

    @property
    def title(self) -> str:
        """The name that Flower and Celery's log show, next to the job's ID.

        It does not contain the ID itself, since Flower has metrics for each name.
        """
        return f"{self.kind} {self.collection}"


Send = Callable[[JobMessage], None]
"""Sends a message to the queue of its kind, or raises `Unavailable`."""


class JobQueue:
    """Records jobs in the ledger and sends their ids to the workers."""

    def __init__(self, ledger: Ledger, send: Send) -> None:
        self._ledger = ledger
        self._send = send

    def submit(
        self,
        new: NewJob,
        *,
        idempotency: Idempotency | None = None,
        job_id: str | None = None,
    ) -> Job:
        """Record a job and enqueue it.

        Raises:
            Unavailable: the ledger could not record the job; nothing was stored.
            InvalidInput: the idempotency key was used for another request.
        """
        job = self._ledger.create(new, idempotency=idempotency, job_id=job_id)
        self.enqueue(job)
        return job

    def submit_once(self, new: NewJob, delay: Delay | None = None) -> Job:
        """Record and enqueue a job, unless its collection already has a queued job of its kind.

        With a delay, the sweeper enqueues the job when it is due. Without a delay, an already
        queued job that was put off starts now.
        """
        job, startable = self._ledger.create_once(new, delay)
        if startable:
            self.enqueue(job)
        return job

    def record_changes(self, collection: str, skus: Iterable[str]) -> Changes:
        """Record that items are about to change, and enqueue the job that updates their vectors.

        Call this under the collection's lock, before the documents of the items change: the job
        waits for the lock, and a crash between the two loses no change. Changes that are recorded
        while a job is queued share that job.
        """
        changes, is_new = self._ledger.record_changes(collection, skus)
        if is_new:
            self._enqueue(JobMessage(JobKind.SYNC_ITEMS, changes.job, collection))
        return changes

    def enqueue(self, job: Job) -> None:
        """Send the id of a recorded job to its queue; if this fails, the sweeper retries."""
        self._enqueue(JobMessage(job.kind, job.id, job.collection))

    def _enqueue(self, message: JobMessage) -> None:
        try:
            self._send(message)
        except Unavailable as exc:
            job = message.job_id
            log.warning("job %s is not enqueued yet; the sweeper will retry: %s", job, exc)
