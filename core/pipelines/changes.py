"""What follows when items or whole collections were changed or deleted in the store."""

from core.jobs import Job, Outcome, SyncArgs
from core.pipelines.rooms import Report, Rooms


def sync_items(job: Job, rooms: Rooms, report: Report) -> Outcome:
    """Bring the vectors and pictures of the named items in line with their documents.

    Raises:
        NotFound: the collection was deleted meanwhile.
    """
    collection = rooms.collection(job)
    items = rooms.items(collection)
    rooms.vectors.create(collection.space, collection.encoder.dim)
    skus = SyncArgs.model_validate(job.args).skus
    for sku in skus:
        with rooms.locks.changing(collection.name):
            item = items.find([sku]).get(sku)
            if item is None:
                rooms.vectors.delete(collection.space, [sku])
            else:
                rooms.vectors.set_attributes(collection.space, sku, item.attributes)
            items.sweep(sku)
        report()
    return Outcome(done=len(skus), total=len(skus))


def delete_collection(job: Job, rooms: Rooms, report: Report) -> Outcome:
    """Remove a collection whole: vectors, then files, the definition last; safe to repeat."""
    found = rooms.collections.find(job.collection)
    if found is None:
        return Outcome(done=1, total=1)
    with rooms.locks.changing(job.collection):
        # the client asked for it: whether or not the mark was written before a crash
        collection = rooms.collections.mark_deleting(job.collection)
    report()
    rooms.vectors.drop(collection.space)
    rooms.collections.erase(job.collection)
    return Outcome(done=1, total=1)
