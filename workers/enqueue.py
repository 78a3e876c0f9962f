"""Jobs that workers announce: those taken up again, and those that follow from others."""

import logging

from kombu.exceptions import OperationalError

from core.jobs import Job, JobKind, Ledger, NewJob
from core.observability.tracing import carried
from workers.app import app

log = logging.getLogger(__name__)


def publish(kind: JobKind, job_id: str) -> None:
    """Tell the queue that a job has work; where that fails, the sweeper does it later."""
    try:
        app.send_task(kind.value, args=[job_id], queue=kind.queue, headers=carried())
    except OperationalError as exc:
        log.warning("job %s is not announced yet: %s", job_id, exc)


def submit(new: NewJob, ledger: Ledger) -> Job:
    """Record a job and tell its queue."""
    job = ledger.create(new)
    publish(job.kind, job.id)
    return job
