"""Removes what nobody will ask for any more."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from core.errors import NotFound
from core.jobs import Job, JobKind, NewJob
from core.pipelines.services import Services
from core.pipelines.training_requests import ask_for_training
from core.storage import Audit, Collection

VECTORS_KEPT = timedelta(minutes=10)
"""A search that began before vectors went out of use has ended long before."""
UPLOADS_KEPT = timedelta(days=7)
"""How long failures can be tried again."""
BROKEN_OFF_KEPT = timedelta(days=1)
"""Longer than a request takes to come in, also where the clock is set meanwhile."""


def drop_old_uploads(services: Services, now: datetime | None = None) -> list[str]:
    """Discard staged uploads that are old, or that broke off; not those of open jobs.

    Returns their ids.
    """
    now = now or datetime.now(UTC)
    ages = {upload: now - arrived for upload, arrived in services.uploads.arrivals()}
    dropped = [
        upload
        for upload, age in ages.items()
        if age > UPLOADS_KEPT or (age > BROKEN_OFF_KEPT and _found(upload, services) is None)
    ]
    in_work = {job.args.get("upload") for job in services.ledger.open_jobs()} if dropped else set()
    dropped = [upload for upload in dropped if upload not in in_work]
    for upload in dropped:
        services.uploads.discard(upload)
    return dropped


def drop_old_audit(
    services: Services, older_than: timedelta, now: datetime | None = None
) -> list[str]:
    """Drop the audit of days that are long gone; return the names of their files."""
    return Audit(services.files).drop_before(((now or datetime.now(UTC)) - older_than).date())


def drop_left_vectors(services: Services, now: datetime | None = None) -> list[str]:
    """Drop vectors that are out of use, and what jobs that gave up have left; return the spaces."""
    oldest = (now or datetime.now(UTC)) - VECTORS_KEPT
    dropped = []
    for collection in services.collections.all():
        _drop_given_up(collection, services)
        old = [left.name for left in collection.left if left.since < oldest]
        for space in old:
            services.vectors.drop(space)
            with services.locks.changing(collection.name), suppress(NotFound):
                services.collections.forget_left(collection.name, space)
        dropped += old
    return dropped


def _drop_given_up(collection: Collection, services: Services) -> None:
    for job in services.files.names(f"{collection.folder}/plans"):
        if _has_ended(job, services):
            services.files.delete(f"{collection.folder}/plans/{job}")
    if collection.beside and _has_ended(collection.beside.job, services):
        with services.locks.changing(collection.name), suppress(NotFound):
            services.collections.abandon_beside(collection.name, collection.beside.job)


def _has_ended(job: str, services: Services) -> bool:
    found = _found(job, services)
    return found is None or found.state.final


def _found(job: str, services: Services) -> Job | None:
    try:
        return services.ledger.get(job)
    except NotFound:
        return None


def retrain_old(
    services: Services, older_than: timedelta, now: datetime | None = None
) -> list[str]:
    """Ask for a training where the last one is old: what is popular changes; return the jobs."""
    oldest = (now or datetime.now(UTC)) - older_than
    return [
        ask_for_training(collection.name, services)
        for collection in services.collections.all()
        if (training := services.sales(collection).recommender().training) and training.at < oldest
    ]


def refill_lost(services: Services) -> list[str]:
    """Ask for the lists that the cache does not serve, as after its restart; return the jobs."""
    filling = {
        job.collection for job in services.ledger.open_jobs() if job.kind is JobKind.REFILL_LISTS
    }
    return [
        services.submit(NewJob(kind=JobKind.REFILL_LISTS, collection=collection.name)).id
        for collection in services.collections.all()
        if collection.name not in filling and _is_lost(collection, services)
    ]


def _is_lost(collection: Collection, services: Services) -> bool:
    live = services.sales(collection).recommender().live
    return live is not None and services.lists.live(collection.name) != live
