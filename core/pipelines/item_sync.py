"""What follows when items or whole collections were changed or deleted in the store."""

import time
from contextlib import suppress

from core.errors import Conflict, Unavailable
from core.jobs import Job, Outcome, SyncArgs
from core.pipelines.services import Report, Rooms
from core.pipelines.training_requests import items_changed
from core.storage import Item, Space

STOPPING_S = 60
"""How long jobs of a collection may take to stop; one whose worker died stops with its lease."""


def sync_items(job: Job, rooms: Rooms, report: Report) -> Outcome:
    """Bring the vectors and pictures of the named items in line with their documents.

    Raises:
        NotFound: the collection was deleted meanwhile.
    """
    collection = rooms.collection(job)
    items = rooms.items(collection)
    skus = SyncArgs.model_validate(job.args).skus
    for sku in skus:
        with rooms.locks.changing(collection.name) as held:
            item = items.find([sku]).get(sku)
            for space in rooms.collection(job).spaces:
                held()
                _sync(item, sku, space, rooms)
            items.sweep(sku)
        report()
    items_changed(collection, rooms)
    return Outcome(done=len(skus), total=len(skus))


def _sync(item: Item | None, sku: str, space: Space, rooms: Rooms) -> None:
    rooms.vectors.create(space.name, space.encoder.dim)
    if item is None:
        rooms.vectors.delete(space.name, [sku])
    else:
        rooms.vectors.set_attributes(space.name, {sku: item.attributes})


def delete_collection(job: Job, rooms: Rooms, report: Report) -> Outcome:
    """Remove a collection whole: vectors, then files, the definition last; safe to repeat.

    Raises:
        Unavailable: another job of the collection has not stopped yet.
    """
    found = rooms.collections.find(job.collection)
    if found is None:
        return Outcome(done=1, total=1)
    with rooms.locks.changing(job.collection):
        # the client asked for it: whether or not the mark was written before a crash
        collection = rooms.collections.mark_deleting(job.collection)
    _stop_others(job, rooms, report)
    for space in collection.all_spaces:
        rooms.vectors.drop(space)
    rooms.lists.drop_all(collection.name, rooms.sales(collection).generations())
    _discard_uploads(job.collection, rooms)
    rooms.collections.erase(job.collection)
    return Outcome(done=1, total=1)


def _stop_others(job: Job, rooms: Rooms, report: Report) -> None:
    """Cancel what else is under way: it must not meet a new collection of the same name."""
    until = time.monotonic() + STOPPING_S
    while others := _open_others(job, rooms):
        for other in others:
            with suppress(Conflict):  # again and again: one whose worker died ends with its lease
                rooms.ledger.cancel(other.id)
        report()
        if time.monotonic() > until:
            raise Unavailable(f"jobs of collection {job.collection!r} have not stopped yet")
        time.sleep(0.1)


def _open_others(job: Job, rooms: Rooms) -> list[Job]:
    jobs = rooms.ledger.open_jobs()
    return [other for other in jobs if other.collection == job.collection and other.id != job.id]


def _discard_uploads(collection: str, rooms: Rooms) -> None:
    cursor: str | None = None
    while True:
        jobs, cursor = rooms.ledger.page(collection=collection, cursor=cursor, limit=200)
        for upload in {job.args["upload"] for job in jobs if "upload" in job.args}:
            rooms.uploads.discard(str(upload))
        if cursor is None:
            return
