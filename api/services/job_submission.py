"""Sends jobs to the workers, by task name: the API has no worker code."""

from celery import Celery
from kombu.exceptions import OperationalError

from core.connections.urls import celery_broker_url
from core.errors import Unavailable
from core.jobs import JobKind, JobMessage, JobQueue, Ledger, NewJob
from core.observability.tracing import inject


class Dispatcher(JobQueue):
    """Sends jobs to the workers over Celery."""

    def __init__(self, broker: str, ledger: Ledger) -> None:
        super().__init__(ledger, self._send_task)
        url, sentinel_options = celery_broker_url(broker)
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
                **sentinel_options,
            },
            task_publish_retry_policy={"max_retries": 1, "interval_start": 0},
        )

    def _send_task(self, message: JobMessage) -> None:
        kind, job_id, _ = message
        send = self._celery.send_task
        try:
            send(
                kind.value, args=[job_id], queue=kind.queue, shadow=message.title, headers=inject()
            )
        except OperationalError as exc:
            raise Unavailable("the job queue is unavailable; retry later") from exc

    def refill_lists(self, collection: str) -> None:
        """Submit a job that refills the list cache from the store, unless one is queued or running.

        If the cache loses lists that the running job has refilled, that job runs again.
        """
        kind = JobKind.REFILL_LISTS
        if not self._ledger.open_jobs_of(collection, kind):
            self.submit_once(NewJob(kind=kind, collection=collection))
