"""Cleans up uploads, half-written files, audit logs and vector indexes.

Submits jobs that renew stale lists and refill lists lost from the cache.
"""

import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from core.batching import batched
from core.errors import Conflict, NotFound
from core.jobs import Job, JobKind, NewJob
from core.pipelines.sales.leftovers import drop_incomplete_uploads
from core.pipelines.services import Services
from core.pipelines.training_requests import request_training
from core.storage import Audit, Collection, Recommender

log = logging.getLogger(__name__)

RETIRED_INDEX_RETENTION = timedelta(minutes=10)
"""Much longer than the last searches of a retired index take."""
UPLOAD_RETENTION = timedelta(days=7)
"""How long failed images can be retried."""
TOMBSTONE_RETENTION = UPLOAD_RETENTION + timedelta(days=1)
"""How long a deletion is remembered: until no upload from before can be retried."""
_TOMBSTONE_BATCH = 100
INCOMPLETE_UPLOAD_RETENTION = timedelta(days=1)
"""Longer than any request takes to arrive, even if the clock is adjusted meanwhile."""
LEFTOVER_AGE = timedelta(days=1)
"""Longer than any process writes to one file."""


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


def drop_old_tombstones(services: Services, now: datetime | None = None) -> int:
    """Delete old tombstones that no open or retryable upload needs; return the number deleted."""
    # sequence numbers are microseconds, or larger after a clock was set back
    oldest = ((now or datetime.now(UTC)) - TOMBSTONE_RETENTION).timestamp() * 1_000_000
    dropped = 0
    for collection in services.collections.active():
        uploads = services.ledger.open_jobs_of(collection.name, JobKind.INGEST)
        before = min([int(oldest), *(job.sequence for job in uploads)])
        tombstones = services.items(collection).tombstones
        for keys in batched(tombstones.before(before), _TOMBSTONE_BATCH):
            with services.locks.exclusive(collection.name):
                for key in tombstones.before(before, keys):  # the item may be deleted again
                    tombstones.drop(key)
                    dropped += 1
    return dropped


def remove_leftovers(services: Services, now: datetime | None = None) -> list[str]:
    """Remove half-written files of processes that were killed; return the names of the files."""
    return services.files.remove_leftovers("", before=(now or datetime.now(UTC)) - LEFTOVER_AGE)


def drop_incomplete_sales(services: Services) -> list[str]:
    """Delete order lines of imports that failed or were cancelled; return the ids of the jobs."""
    return [
        upload
        for collection in services.collections.all()
        for upload in drop_incomplete_uploads(collection, services)
    ]


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
        _drop_unused_statistics(collection, services)
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


def _drop_unused_statistics(collection: Collection, services: Services) -> None:
    """Delete the statistics of recipes that no index has, once no search reads an old index."""
    if collection.retired_indexes or not services.statistics(collection).digests():
        return
    with services.locks.exclusive(collection.name), suppress(NotFound):
        current = services.reload_collection(collection)
        used = {index.encoder.statistics for index in current.indexes}
        services.statistics(collection).drop_others(used)


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
    """Retrain collections whose last run is old, since popularity changes; return the job IDs."""
    oldest = (now or datetime.now(UTC)) - older_than
    return [
        request_training(collection.name, services)
        for collection in services.collections.active()
        if (trainings := _recommender(collection, services).trainings.values())
        and max(training.at for training in trainings) < oldest
    ]


def refill_lost_lists(services: Services) -> list[str]:
    """Submit jobs that refill lists lost from the cache, e.g. by a restart; return the job ids."""
    kind = JobKind.REFILL_LISTS
    return [
        services.job_queue.submit_once(NewJob(kind=kind, collection=collection.name)).id
        for collection in services.collections.active()
        if not services.ledger.open_jobs_of(collection.name, kind)  # first: one may end meanwhile
        and _has_lost_lists(collection, services)
    ]


def _recommender(collection: Collection, services: Services) -> Recommender:
    """Return the collection's record of live lists, or an empty one if it is damaged.

    Housekeeping then continues with the other collections.
    """
    try:
        return services.generations(collection).recommender()
    except Conflict as exc:
        log.warning("collection %s is skipped: %s", collection.name, exc)
        return Recommender()


def _has_lost_lists(collection: Collection, services: Services) -> bool:
    live = _recommender(collection, services).live
    return live is not None and services.lists.live(collection.name) != live
