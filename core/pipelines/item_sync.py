"""What follows when items or whole collections were changed or deleted in the store."""

import time
from contextlib import suppress

from core.errors import Conflict, Unavailable
from core.jobs import Job, Outcome, SyncArgs
from core.pipelines.services import Report, Services
from core.pipelines.training_requests import items_changed
from core.storage import Item, Space

STOPPING_S = 60
"""How long jobs of a collection may take to stop; one whose worker died stops with its lease."""


def sync_items(job: Job, services: Services, report: Report) -> Outcome:
    """Bring the vectors and pictures of the named items in line with their documents.

    Raises:
        NotFound: the collection was deleted meanwhile.
    """
    collection = services.collection(job)
    items = services.items(collection)
    skus = SyncArgs.model_validate(job.args).skus
    for sku in skus:
        with services.locks.changing(collection.name) as held:
            item = items.find([sku]).get(sku)
            for space in services.collection(job).spaces:
                held()
                _sync(item, sku, space, services)
            items.sweep(sku)
        report()
    items_changed(collection, services)
    return Outcome(done=len(skus), total=len(skus))


def _sync(item: Item | None, sku: str, space: Space, services: Services) -> None:
    services.vectors.create(space.name, space.encoder.dim)
    if item is None:
        services.vectors.delete(space.name, [sku])
    else:
        services.vectors.set_attributes(space.name, {sku: item.attributes})


def delete_collection(job: Job, services: Services, report: Report) -> Outcome:
    """Remove a collection whole: vectors, then files, the definition last; safe to repeat.

    Raises:
        Unavailable: another job of the collection has not stopped yet.
    """
    found = services.collections.find(job.collection)
    if found is None:
        return Outcome(done=1, total=1)
    with services.locks.changing(job.collection):
        # the client asked for it: whether or not the mark was written before a crash
        collection = services.collections.mark_deleting(job.collection)
    _stop_others(job, services, report)
    for space in collection.all_spaces:
        services.vectors.drop(space)
    services.lists.drop_all(collection.name, services.sales(collection).generations())
    _discard_uploads(job.collection, services)
    services.collections.erase(job.collection)
    return Outcome(done=1, total=1)


def _stop_others(job: Job, services: Services, report: Report) -> None:
    """Cancel what else is under way: it must not meet a new collection of the same name."""
    until = time.monotonic() + STOPPING_S
    while others := _open_others(job, services):
        for other in others:
            with suppress(Conflict):  # again and again: one whose worker died ends with its lease
                services.ledger.cancel(other.id)
        report()
        if time.monotonic() > until:
            raise Unavailable(f"jobs of collection {job.collection!r} have not stopped yet")
        time.sleep(0.1)


def _open_others(job: Job, services: Services) -> list[Job]:
    jobs = services.ledger.open_jobs()
    return [other for other in jobs if other.collection == job.collection and other.id != job.id]


def _discard_uploads(collection: str, services: Services) -> None:
    cursor: str | None = None
    while True:
        jobs, cursor = services.ledger.page(collection=collection, cursor=cursor, limit=200)
        for upload in {job.args["upload"] for job in jobs if "upload" in job.args}:
            services.uploads.discard(str(upload))
        if cursor is None:
            return
