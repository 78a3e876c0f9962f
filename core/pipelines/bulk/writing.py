"""Goes through the items of a collection in batches, each under the collection's lock."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.batching import batched
from core.filters.typed import parse_typed_filter
from core.jobs import Job
from core.jobs.locks import EnsureHeld
from core.pipelines.services import Heartbeat, Services
from core.pipelines.similar.cards import show_updates
from core.pipelines.similar.requests import request_update
from core.storage import Collection, Item, Items, ItemUpdate

BATCH = 200


@dataclass(frozen=True)
class Batch:
    """Items that nobody else can change while the batch is processed."""

    collection: Collection
    items: list[Item]
    store: Items
    check_lock: EnsureHeld

    def matching(self, filter: str) -> list[Item]:
        """Return the items that match a filter, whose values have the collection's types."""
        conditions = parse_typed_filter(filter, self.collection.attribute_types)
        return [item for item in self.items if conditions.matches(item.attributes)]


def locked_batches(
    job: Job, services: Services, heartbeat: Heartbeat, keys: Iterable[str] | None = None
) -> Iterator[Batch]:
    """Yield, in batches, the readable items of the job's collection: all, or those with given keys.

    Raises:
        NotFound: the collection was deleted.
    """
    collection = services.collection(job)
    store = services.items(collection)
    for batch in batched(store.keys() if keys is None else keys, BATCH):
        with services.locks.exclusive(collection.name) as check_lock:
            current = services.reload_collection(collection)
            heartbeat()  # a worker that lost the step must not write
            yield Batch(current, store.by_keys(batch), store, check_lock)


def write_updates(batch: Batch, updates: Sequence[ItemUpdate], services: Services) -> None:
    """Write the changed items; a queued job will update their vectors and images to match.

    Hide deleted items in lists first, so that nothing is deleted if the cache is down.
    """
    name, changed = batch.collection.name, [u for u in updates if u.content_changed]
    for update in changed:
        if update.deletes:
            services.lists.hide(name, update.change.sku)
            services.item_cache.remove(name, [update.change.sku])
            services.similar.drop_lists(name, [update.change.sku])
    if changed:
        services.job_queue.record_changes(name, [update.change.sku for update in changed])
    reduced = [update for update in changed if update.after and update.dropped_views]
    if reduced:
        request_update(name, services, at_once=False)
    _delete_dropped_vectors(batch, reduced, services)
    batch.store.write(updates, batch.check_lock)
    show_updates(name, changed, services)
    for image in [image for update in reduced for image in update.dropped_images]:
        batch.check_lock()
        batch.store.delete_image(image)


def _delete_dropped_vectors(
    batch: Batch, reduced: Sequence[ItemUpdate], services: Services
) -> None:
    """Delete the vectors of views dropped by a deletion that left the item's newer views."""
    for index in batch.collection.indexes if reduced else ():
        services.vectors.create(index.name, index.encoder.dim)
        batch.check_lock()
        for update in reduced:
            services.vectors.delete_views(index.name, update.change.sku, update.dropped_views)
