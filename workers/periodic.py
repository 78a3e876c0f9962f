"""Periodically recovers orphaned steps, deletes expired data, retrains, and refills lists.

All workers run these threads; a lock in Redis lets only one worker act in each interval.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from celery.signals import worker_ready

from core.pipelines.housekeeping import (
    drop_incomplete_sales,
    drop_old_audit,
    drop_old_tombstones,
    drop_old_uploads,
    drop_retired_indexes,
    refill_lost_lists,
    remove_leftovers,
    retrain_stale,
)
from core.pipelines.item_cache import repair_availability
from core.pipelines.item_index_sync import resume_syncs
from core.pipelines.services import Services
from core.pipelines.similar.requests import resume_updates
from core.pipelines.training_requests import waits_for_data
from workers.background_threads import run_every
from workers.dependencies import worker_services
from workers.queue_contents import count_messages

log = logging.getLogger(__name__)

DAY_S = 24 * 3600
HOUR_S = 3600
MINUTE_S = 60
_SLACK = 0.9
"""The shared interval is shorter than the threads' own, so that no run is skipped."""


@worker_ready.connect
def start(**_: Any) -> None:
    """Start the threads once the worker accepts messages."""
    sweep_s = worker_services().settings.jobs.sweep_interval_s
    _run_in_one_worker("sweep", sweep_s, lambda: sweep(worker_services().services, sweep_s))
    _run_in_one_worker("refill", sweep_s, refill_lists)
    _run_in_one_worker("item-syncs", MINUTE_S, resume_item_syncs)
    _run_in_one_worker("cleanup", HOUR_S, hourly_cleanup)
    _run_in_one_worker("retired-indexes", MINUTE_S, delete_retired_indexes)
    _run_in_one_worker("retrain", HOUR_S, retrain)


def _run_in_one_worker(name: str, interval_s: float, call: Callable[[], None]) -> None:
    def call_if_due() -> None:
        if worker_services().services.locks.acquire_interval(name, interval_s * _SLACK):
            call()

    run_every(interval_s, f"the periodic task {name!r}", call_if_due)


def sweep(services: Services, interval_s: float) -> None:
    """Enqueue again all jobs that have work left but seem to have no message on the queue.

    A training job that was put off has no message until it is due.
    """
    open_jobs = services.ledger.open_jobs()
    messages = cache(lambda queue: count_messages(services.ledger.messages(queue)))
    for job in open_jobs:
        if waits_for_data(job, open_jobs, services):
            continue
        steps = services.ledger.orphaned_steps(job.id, silent_s=2 * interval_s)
        if steps:
            steps -= messages(job.kind.queue)[job.id]
        for _ in range(steps):
            services.job_queue.enqueue(job)


def resume_item_syncs() -> None:
    """Submit new jobs for item changes whose job failed or was cancelled."""
    for job in resume_syncs(worker_services().services):
        log.info("submitted job %s: changes of items are not in the index yet", job)


def refill_lists() -> None:
    """Submit jobs that refill the lists that the cache has lost."""
    for job in refill_lost_lists(worker_services().services):
        log.info("submitted job %s: the cache has lost lists", job)
    for collection in repair_availability(worker_services().services):
        log.info("collection %s: availabilities were not in the cache yet", collection)
    for collection in resume_updates(worker_services().services):
        log.info("collection %s: requested an update of the lost similar lists", collection)


def hourly_cleanup() -> None:
    """Delete half-written files, and expired uploads, audit logs and sales."""
    services, settings = worker_services().services, worker_services().settings
    if uploads := drop_old_uploads(services):
        log.info("deleted %d old uploads", len(uploads))
    if services.locks.acquire_interval("tombstones", DAY_S) and drop_old_tombstones(services):
        log.info("deleted the marks of old deletions")
    if leftovers := remove_leftovers(services):
        log.info("deleted %d half-written files of killed processes", len(leftovers))
    if imports := drop_incomplete_sales(services):
        log.info("deleted the order lines of %d imports that did not succeed", len(imports))
    if days := drop_old_audit(services, timedelta(days=settings.audit_retention_days)):
        log.info("deleted the audit log of %d days", len(days))
    if settings.sales_retention_days:
        from core.pipelines.sales.retention import drop_outdated  # imports large libraries

        for job in drop_outdated(services, timedelta(days=settings.sales_retention_days)):
            log.info("submitted training job %s: old sales were deleted", job)


def delete_retired_indexes() -> None:
    """Delete vector indexes that were replaced or abandoned."""
    for index in drop_retired_indexes(worker_services().services):
        log.info("deleted vector index %s, which is not in use", index)


def retrain() -> None:
    """Submit jobs that retrain recommenders whose last training run is old."""
    older_than = timedelta(hours=worker_services().settings.jobs.retrain_interval_h)
    for job in retrain_stale(worker_services().services, older_than):
        log.info("submitted training job %s: the last training run is old", job)
