"""Cleans up uploads, audit logs and vector indexes, and submits jobs for stale or lost lists."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from core.errors import NotFound
from core.jobs import Job, JobKind, NewJob
from core.pipelines.services import Services
from core.pipelines.training_requests import request_training
from core.storage import Audit, Collection

RETIRED_INDEX_RETENTION = timedelta(minutes=10)
"""Much longer than the last searches of a retired index take."""
UPLOAD_RETENTION = timedelta(days=7)
"""How long failed images can be retried."""
INCOMPLETE_UPLOAD_RETENTION = timedelta(days=1)
"""Longer than any request takes to arrive, even if the clock is adjusted meanwhile."""


def drop_old_uploads(services: Services, now: datetime | None = None) -> list[str]:
    """Discard old and incomplete uploads that no open job uses; return the discarded ids."""
    now = now or datetime.now(UTC)
    ages = {upload: now - arrived for upload, arrived in services.uploads.arrival_times()}
    expired = [
        upload
        for upload, age in ages.items()
        if age > UPLOAD_RETENTION
        or (age > INCOMPLETE_UPLOAD_RETENTION and _find_job(upload, services) is None)
    ]
    in_use = {job.args.get("upload") for job in services.ledger.open_jobs()} if expired else set()
    dropped = [upload for upload in expired if upload not in in_use]
    for upload in dropped:
        services.uploads.discard(upload)
    return dropped


def drop_old_audit(
    services: Services, older_than: timedelta, now: datetime | None = None
) -> list[str]:
    """Delete old days of the audit log; return the names of the deleted files."""
    return Audit(services.files).drop_before(((now or datetime.now(UTC)) - older_than).date())


def drop_retired_indexes(services: Services, now: datetime | None = None) -> list[str]:
    """Drop retired vector indexes and leftovers of ended jobs; return the names of the indexes."""
    oldest = (now or datetime.now(UTC)) - RETIRED_INDEX_RETENTION
    dropped = []
    for collection in services.collections.all():
        _discard_leftovers(collection, services)
        expired = [index.name for index in collection.retired_indexes if index.since < oldest]
        for index in expired:
            services.vectors.drop(index)
            with services.locks.exclusive(collection.name), suppress(NotFound):
                services.collections.forget_retired_index(collection.name, index)
        dropped += expired
    return dropped


def _discard_leftovers(collection: Collection, services: Services) -> None:
    for job in services.files.list_names(f"{collection.folder}/plans"):
        if _has_ended(job, services):
            services.files.delete(f"{collection.folder}/plans/{job}")
    if collection.shadow_index and _has_ended(collection.shadow_index.job, services):
        with services.locks.exclusive(collection.name), suppress(NotFound):
            services.collections.discard_index(collection.name, collection.shadow_index.job)


def _has_ended(job_id: str, services: Services) -> bool:
    job = _find_job(job_id, services)
    return job is None or job.state.final


def _find_job(job_id: str, services: Services) -> Job | None:
    try:
        return services.ledger.get(job_id)
    except NotFound:
        return None


def retrain_stale(
    services: Services, older_than: timedelta, now: datetime | None = None
) -> list[str]:
    """Request training where the last run is old, as popularity changes; return the job IDs."""
    oldest = (now or datetime.now(UTC)) - older_than
    return [
        request_training(collection.name, services)
        for collection in services.collections.all()
        if (training := services.generations(collection).recommender().training)
        and training.at < oldest
    ]


def refill_lost_lists(services: Services) -> list[str]:
    """Submit jobs that refill lists lost by the cache, as after a restart; return the job ids."""
    refilling = {
        job.collection for job in services.ledger.open_jobs() if job.kind is JobKind.REFILL_LISTS
    }
    return [
        services.submit(NewJob(kind=JobKind.REFILL_LISTS, collection=collection.name)).id
        for collection in services.collections.all()
        if collection.name not in refilling and _has_lost_lists(collection, services)
    ]


def _has_lost_lists(collection: Collection, services: Services) -> bool:
    live = services.generations(collection).recommender().live
    return live is not None and services.lists.live(collection.name) != live
