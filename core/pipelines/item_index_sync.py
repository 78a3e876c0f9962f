"""Brings vector indexes and image files in line with items that were changed or deleted.

The ledger records each change before the item's document changes, and forgets it once the vectors
are written: a crash at any point leaves the change recorded, and syncing an item twice is harmless.
"""

from collections.abc import Sequence

from core.errors import InvalidInput
from core.jobs import Failure, Job, JobKind, NewJob, Outcome
from core.pipelines.services import Heartbeat, Services
from core.pipelines.similar.requests import request_update
from core.pipelines.training_requests import request_training_after_change
from core.storage import Collection

BATCH = 100
MAX_BATCHES = 10
"""The collections of other jobs get their turn after this many batches."""


def sync_items(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Sync all items whose changes are recorded; request training if any were deleted."""
    collection = services.collection(job)
    synced, deleted, failures = 0, 0, list[Failure]()
    for _ in range(MAX_BATCHES):
        if not (changes := services.ledger.changes(collection.name, BATCH)):
            break
        deleted += _sync_all(list(changes), collection, services, failures)
        services.ledger.clear_changes(collection.name, changes)
        synced += len(changes)
        heartbeat()
    else:
        services.job_queue.submit_once(NewJob(kind=job.kind, collection=collection.name))
    if deleted:
        request_training_after_change(collection, services)
    done = synced - len(failures)
    return Outcome(done=done, total=synced, failures=tuple(failures))


def resume_syncs(services: Services) -> list[str]:
    """Submit jobs for recorded changes whose job failed or was cancelled; return the job ids."""
    return [
        services.job_queue.submit_once(NewJob(kind=JobKind.SYNC_ITEMS, collection=name)).id
        for name in services.ledger.changed_collections()
        if not services.ledger.open_jobs_of(name, JobKind.SYNC_ITEMS)
    ]


def _sync_all(
    skus: Sequence[str], collection: Collection, services: Services, failures: list[Failure]
) -> int:
    """Sync items together, or one by one if Milvus refuses one; return how many were deleted."""
    try:
        return _sync(skus, collection, services)
    except InvalidInput as exc:
        if len(skus) > 1:
            return sum(_sync_all([sku], collection, services, failures) for sku in skus)
        failures.append(Failure.from_error(exc, skus[0], sku=skus[0]))
        return 0


def _sync(skus: Sequence[str], collection: Collection, services: Services) -> int:
    with services.locks.exclusive(collection.name) as check_lock:
        current = services.reload_collection(collection)
        items = services.items(collection)
        existing = items.find(skus)
        # a damaged document is not found, but is no deletion
        deleted = [sku for sku in skus if sku not in existing and not items.exists(sku)]
        attributes = {sku: item.attributes for sku, item in existing.items()}
        services.item_cache.put_cards(collection.name, existing.values())
        services.item_cache.remove(collection.name, deleted)
        services.similar.drop_lists(collection.name, deleted)
        if deleted:
            request_update(collection.name, services, at_once=False)
        for index in current.indexes:
            services.vectors.create(index.name, index.encoder.dim)
            check_lock()
            services.vectors.delete(index.name, deleted)
            services.vectors.set_attributes(index.name, attributes)
        check_lock()
        for sku in deleted:
            items.delete_unused_images(sku)
    return len(deleted)
