"""Verify jobs: compare the store, the vectors and the cached lists, and report differences.

A verify job changes nothing. It checks items with differences again under the collection's lock,
since the items may have changed during the comparison.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from core.errors import NotFound
from core.jobs import Job, Outcome
from core.pipelines.reindex.reconcile import Differences, ImageKey, find_differences, iterate_items
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection

MAX_EXAMPLES = 20
MAX_RECHECKED = 1_000


def verify(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Compare all data of a collection; the result says whether it is sound, or what differs."""
    collection = services.collection(job)
    vectors = _compare_vectors(collection, services, heartbeat)
    images = {
        "without_vector": _summary(vectors.missing),
        "orphaned_vectors": _summary(vectors.extra),
        "without_file": _summary(_images_without_file(collection, services, heartbeat)),
    }
    lists = _compare_lists(collection, services, heartbeat)
    counts = services.items(collection).count()
    sound = not lists and not any(summary["count"] for summary in images.values())
    result = {"sound": sound, **counts, **images, "lists": lists}
    return Outcome(done=counts["items"], total=counts["items"], result=result)


def _summary(keys: Iterable[ImageKey]) -> dict[str, Any]:
    ordered = sorted(keys)
    return {"count": len(ordered), "first": [list(key) for key in ordered[:MAX_EXAMPLES]]}


def _compare_vectors(
    collection: Collection, services: Services, heartbeat: Heartbeat
) -> Differences:
    try:
        differences = find_differences(collection, collection.indexes[0], services, heartbeat)
    except NotFound:  # the index was lost, or no image has been ingested yet
        items = iterate_items(collection, services, heartbeat)
        missing = {(item.sku, image.view) for item in items for image in item.images}
        return Differences(set(), missing)
    return _recheck(collection, differences, services)


def _recheck(collection: Collection, differences: Differences, services: Services) -> Differences:
    skus = set(sorted({sku for sku, _ in differences.extra | differences.missing})[:MAX_RECHECKED])
    extra = {key for key in differences.extra if key[0] not in skus}
    missing = {key for key in differences.missing if key[0] not in skus}
    for sku in skus:
        with services.locks.exclusive(collection.name):
            item = services.items(collection).find([sku]).get(sku)
            vectors = set(services.vectors.item_vectors(collection.index_name, sku))
        images = {image.view for image in item.images} if item else set()
        extra |= {(sku, view) for view in vectors - images}
        missing |= {(sku, view) for view in images - vectors}
    return Differences(extra, missing)


def _images_without_file(
    collection: Collection, services: Services, heartbeat: Heartbeat
) -> Iterator[ImageKey]:
    """Yield images of item documents without a file in the store."""
    files = services.items(collection).files()
    for item in iterate_items(collection, services, heartbeat):
        for view in [image.view for image in item.images if image.file not in files]:
            if not _recheck_file(collection, item.sku, view, services):
                yield item.sku, view


def _recheck_file(collection: Collection, sku: str, view: str, services: Services) -> bool:
    """Return whether the image has a file now, or no longer belongs to the item."""
    items = services.items(collection)
    with services.locks.exclusive(collection.name):
        item = items.find([sku]).get(sku)
        images = [image for image in item.images if image.view == view] if item else []
        return all(items.has_image(image) for image in images)


def _compare_lists(collection: Collection, services: Services, heartbeat: Heartbeat) -> list[str]:
    """Return the faults of the cached lists as sentences."""
    generations = services.generations(collection)
    live, cached = generations.recommender().live, services.lists.live(collection.name)
    if cached != live:
        state = f"serves generation {cached}" if cached else "serves no generation yet"
        return [f"the cache {state}; the store has {live or 'none'}"]
    if live is None:
        return []
    stored_lists = 0
    for block in generations.user_blocks(live):
        stored_lists += sum(1 for _ in generations.read_lists(live, block))
        heartbeat()
    cached_lists = services.lists.count(collection.name, live)
    if cached_lists == stored_lists:
        return []
    return [f"the cache has {cached_lists} lists, but the store has {stored_lists}"]
