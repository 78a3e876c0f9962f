"""Deletes a collection: first its vector indexes, cached lists and uploads, then its files."""

import time
from contextlib import suppress

from core.errors import Conflict
from core.jobs import Job, Outcome
from core.pipelines.services import Heartbeat, Services, StepPostponed

STOPPING_S = 60
"""How long jobs of a collection may take to stop; a dead worker's job stops when its lease ends."""


def delete_collection(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Delete a collection with all its data, the definition last; safe to repeat.

    Raises:
        Unavailable: another job of the collection has not stopped yet.
    """
    if services.collections.find(job.collection) is None:
        return Outcome(done=1, total=1)
    with services.locks.exclusive(job.collection):
        # the API does this after it has created the job, but may crash in between
        collection = services.collections.mark_deleting(job.collection)
    _stop_other_jobs(job, services, heartbeat)
    for index in collection.index_names:
        services.vectors.drop(index)
    services.ledger.forget_changes(collection.name)
    services.lists.drop_all(collection.name, services.generations(collection).ids())
    services.similar.drop(collection.name)
    services.item_cache.drop(collection.name)
    _discard_uploads(job.collection, services)
    services.collections.erase(job.collection)
    return Outcome(done=1, total=1)


def _stop_other_jobs(job: Job, services: Services, heartbeat: Heartbeat) -> None:
    """Cancel other jobs; they would otherwise run on in a new collection of the same name."""
    deadline = time.monotonic() + STOPPING_S
    while others := _other_open_jobs(job, services):
        for other in others:
            with suppress(Conflict):  # repeatedly: a dead worker's job stops when its lease ends
                services.ledger.cancel(other.id)
        heartbeat()
        if time.monotonic() > deadline:
            raise StepPostponed(
                f"collection {job.collection!r} will be deleted once its other jobs have stopped"
            )
        time.sleep(0.1)


def _other_open_jobs(job: Job, services: Services) -> list[Job]:
    jobs = services.ledger.open_jobs_of(job.collection)
    return [other for other in jobs if other.id != job.id]


def _discard_uploads(collection: str, services: Services) -> None:
    cursor: str | None = None
    while True:
        jobs, cursor = services.ledger.page(collection=collection, cursor=cursor, limit=200)
        for upload in {job.args["upload"] for job in jobs if "upload" in job.args}:
            services.uploads.discard(str(upload))
        if cursor is None:
            return
