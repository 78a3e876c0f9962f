"""Jobs and questions on their way to the workers: the ledger first, then the queue, by name."""

import logging

from celery import Celery
from kombu.exceptions import OperationalError

from core.connections.urls import broker_of
from core.errors import Unavailable
from core.jobs import Job, JobKind, Ledger, NewJob
from core.observability.tracing import carried

log = logging.getLogger(__name__)


class Dispatcher:
    """Records jobs and sends their ids."""

    def __init__(self, broker: str, ledger: Ledger) -> None:
        self._ledger = ledger
        url, told = broker_of(broker)
        self._celery = Celery("lookalike-api", broker=url)
        self._celery.conf.update(
            task_serializer="json",
            task_ignore_result=True,
            broker_transport_options={
                "socket_timeout": 1,
                "socket_connect_timeout": 1,
                "socket_keepalive": True,
                "max_retries": 2,
                "interval_start": 0,
                "interval_step": 0.2,
                "interval_max": 0.5,
                **told,
            },
            task_publish_retry_policy={"max_retries": 1, "interval_start": 0},
        )

    def submit(
        self, new: NewJob, *, idempotency_key: str | None = None, job_id: str | None = None
    ) -> Job:
        """Record a job and tell its queue.

        Raises:
            Unavailable: the job could not be recorded; nothing was kept.
        """
        job = self._ledger.create(new, idempotency_key=idempotency_key, job_id=job_id)
        self.announce(job.kind, job.id)
        return job

    def refill(self, collection: str) -> None:
        """Have the lists filled in again from the store, unless that is asked for already."""
        if self._ledger.waiting(JobKind.REFILL_LISTS, collection) is None:
            self.submit(NewJob(kind=JobKind.REFILL_LISTS, collection=collection))

    def announce(self, kind: JobKind, job_id: str) -> None:
        """Tell the queue of a recorded job; where that fails, the sweeper does it later."""
        try:
            self._celery.send_task(kind.value, args=[job_id], queue=kind.queue, headers=carried())
        except OperationalError as exc:
            log.warning("job %s is not announced yet: %s", job_id, exc)

    def ask(self, asked: str) -> None:
        """Send a question to worker-search. The question ends by itself, the message never does.

        A message that ends would do so by the clocks of two machines, which may be apart.

        Raises:
            Unavailable: the queue does not answer.
        """
        try:
            self._celery.send_task("search", args=[asked], queue="search", headers=carried())
        except OperationalError as exc:
            raise Unavailable("the queue does not answer; try again") from exc
