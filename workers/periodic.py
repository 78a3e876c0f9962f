"""Periodic jobs that recover orphaned steps, delete expired data, retrain and refill lists.

All workers run these threads; a lock in Redis lets only one of them work in each interval.
"""

import logging
from datetime import timedelta
from typing import Any

from celery.signals import worker_ready

from core.pipelines.housekeeping import (
    drop_old_audit,
    drop_old_uploads,
    drop_retired_indexes,
    refill_lost_lists,
    retrain_stale,
)
from core.pipelines.services import Services
from workers.background_threads import run_every
from workers.dependencies import worker_services

log = logging.getLogger(__name__)

HOUR_S = 3600
MINUTE_S = 60
_SLACK = 0.9
"""The shared interval is shorter than the threads' own, or every second run would be skipped."""


@worker_ready.connect
def start(**_: Any) -> None:
    """Start the threads, once the worker takes messages."""
    sweep_s = worker_services().settings.jobs.sweep_interval_s
    run_every(sweep_s, lambda: sweep(sweep_s))
    run_every(sweep_s, lambda: refill_lists(sweep_s))
    run_every(HOUR_S, hourly_cleanup)
    run_every(MINUTE_S, delete_retired_indexes)
    run_every(HOUR_S, retrain)


def _is_due(name: str, interval_s: float) -> bool:
    return worker_services().services.locks.acquire_interval(name, interval_s * _SLACK)


def sweep(interval_s: float) -> None:
    """Publish jobs again that have work but seem to have no message on the queue.

    A queued job may just be waiting for its turn: it counts as orphaned early only if its queue is
    empty.
    """
    if not _is_due("sweep", interval_s):
        return
    ledger = worker_services().services.ledger
    for job in ledger.open_jobs():
        intervals = 2 if ledger.queue_length(job.kind.queue) == 0 else 12
        for _ in range(ledger.orphaned_steps(job.id, silent_s=interval_s * intervals)):
            worker_services().job_queue.enqueue(job.kind, job.id)


def refill_lists(interval_s: float) -> None:
    """Submit jobs that refill the lists that the cache has lost."""
    if _is_due("refill", interval_s):
        for job in refill_lost_lists(worker_services().services):
            log.info("submitted job %s: the cache has lost lists", job)


def hourly_cleanup() -> None:
    """Delete expired uploads, audit logs and sales."""
    if not _is_due("cleanup", HOUR_S):
        return
    services, settings = worker_services().services, worker_services().settings
    if uploads := drop_old_uploads(services):
        log.info("deleted %d old uploads", len(uploads))
    if days := drop_old_audit(services, timedelta(days=settings.audit_retention_days)):
        log.info("deleted the audit log of %d days", len(days))
    if settings.sales_retention_days:
        delete_old_sales(services, timedelta(days=settings.sales_retention_days))


def delete_old_sales(services: Services, older_than: timedelta) -> None:
    """Delete old sales; the libraries for sales are imported here, not at the start."""
    from core.pipelines.sales.retention import drop_outdated

    for job in drop_outdated(services, older_than):
        log.info("submitted training %s: old sales were deleted", job)


def delete_retired_indexes() -> None:
    """Delete vector indexes that were replaced or abandoned."""
    if _is_due("retired-indexes", MINUTE_S):
        for index in drop_retired_indexes(worker_services().services):
            log.info("deleted vector index %s, which is not in use", index)


def retrain() -> None:
    """Submit trainings of recommenders whose last training is old."""
    if _is_due("retrain", HOUR_S):
        older_than = timedelta(hours=worker_services().settings.jobs.retrain_interval_h)
        for job in retrain_stale(worker_services().services, older_than):
            log.info("submitted training %s: the last one is old", job)
