"""Brings vector indexes and image files in line with items that were changed or deleted."""

from core.jobs import Job, Outcome, SyncArgs
from core.pipelines.services import Heartbeat, Services
from core.pipelines.training_requests import request_training_after_change
from core.storage import Item, VectorIndex


def sync_items(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Bring the vectors and image files of the job's items in line with the item documents."""
    collection = services.collection(job)
    items = services.items(collection)
    skus = SyncArgs.model_validate(job.args).skus
    for sku in skus:
        with services.locks.exclusive(collection.name) as check_lock:
            item = items.find([sku]).get(sku)
            for index in services.collection(job).indexes:
                check_lock()
                _sync(item, sku, index, services)
            items.delete_unused_images(sku)
        heartbeat()
    request_training_after_change(collection, services)
    return Outcome(done=len(skus), total=len(skus))


def _sync(item: Item | None, sku: str, index: VectorIndex, services: Services) -> None:
    services.vectors.create(index.name, index.encoder.dim)
    if item is None:
        services.vectors.delete(index.name, [sku])
    else:
        services.vectors.set_attributes(index.name, {sku: item.attributes})
