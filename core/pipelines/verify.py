"""Verify jobs: compare the store, the vectors and the cache, and report differences.

A verify job changes nothing. Each item that differs is compared once more under the collection's
lock, since it may have changed during the first comparison.
"""

from collections.abc import Iterable
from typing import Any

from core.errors import Conflict, NotFound
from core.jobs import Job, Outcome, VerifyArgs
from core.pipelines.image_files import find_damaged_files, find_missing_files
from core.pipelines.item_cache import find_without_card
from core.pipelines.reindex.reconcile import (
    Differences,
    compare_item,
    find_differences,
    iterate_items,
)
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection, Item

MAX_EXAMPLES = 20
MAX_RECHECKED = 1_000


def verify(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Compare all data of a collection; the result says whether it is sound, or what differs."""
    collection = services.collection(job)
    index = _compare_index(collection, services, heartbeat)
    differences = {
        "damaged_items": _summary(index.damaged),
        "without_vector": _summary(index.missing),
        "orphaned_vectors": _summary(index.extra),
        "outdated_attributes": _summary(index.outdated),
        "without_card": _summary(find_without_card(collection, services, heartbeat)),
        "without_file": _summary(find_missing_files(collection, services, heartbeat)),
    }
    if VerifyArgs.model_validate(job.args).deep:
        damaged_files = find_damaged_files(collection, services, heartbeat)
        differences["damaged_files"] = _summary(damaged_files)
    lists = _compare_lists(collection, services, heartbeat)
    statistics = _compare_statistics(collection, services)
    counts = services.items(collection).count()
    has_differences = any(summary["count"] for summary in differences.values())
    sound = not (lists or statistics or has_differences)
    result = {"sound": sound, **counts, **differences, "lists": lists, "statistics": statistics}
    return Outcome(done=counts["items"], total=counts["items"], result=result)


def _summary(names: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    ordered = sorted(names)
    return {"count": len(ordered), "first": [list(pair) for pair in ordered[:MAX_EXAMPLES]]}


def _compare_index(collection: Collection, services: Services, heartbeat: Heartbeat) -> Differences:
    try:
        differences = find_differences(collection, collection.indexes[0], services, heartbeat)
    except NotFound:  # the index was lost, or no image has been ingested yet
        items = iterate_items(collection, services, heartbeat)
        existing = [item for item in items if isinstance(item, Item)]
        missing = {(item.sku, image.view) for item in existing for image in item.images}
        return Differences(missing=missing)
    return _recheck(collection, differences, services)


def _recheck(collection: Collection, differences: Differences, services: Services) -> Differences:
    """Compare again the items that differed, ignoring attributes that are being synced."""
    skus = set(sorted(differences.skus)[:MAX_RECHECKED])
    checked = Differences(
        extra={key for key in differences.extra if key[0] not in skus},
        missing={key for key in differences.missing if key[0] not in skus},
        outdated={key for key in differences.outdated if key[0] not in skus},
        damaged=differences.damaged,
    )
    for sku in skus:
        with services.locks.exclusive(collection.name):
            current = compare_item(collection, collection.indexes[0], sku, services)
            syncing = services.ledger.is_changing(collection.name, sku)
        checked.extra |= current.extra if not syncing else set()
        checked.missing |= current.missing
        checked.outdated |= current.outdated if not syncing else set()
    return checked


def _compare_statistics(collection: Collection, services: Services) -> list[str]:
    """Return what is wrong with the statistics of fitted recipes as sentences."""
    faults = []
    for index in collection.indexes:
        try:
            if sha256 := index.encoder.statistics:
                services.statistics(collection).read(sha256)
        except Conflict as exc:
            faults.append(exc.detail)
    return faults


def _compare_lists(collection: Collection, services: Services, heartbeat: Heartbeat) -> list[str]:
    """Return the faults of the cached lists as sentences."""
    generations = services.generations(collection)
    try:
        live, cached = generations.recommender().live, services.lists.live(collection.name)
    except Conflict as exc:
        return [exc.detail]
    if cached != live:
        state = f"serves {cached}" if cached else "has none yet"
        return [f"the cache {state}; the store has {live or 'none'}"]
    if live is None:
        return []
    stored_lists = 0
    for block in generations.user_blocks(live):
        stored_lists += sum(1 for _ in generations.read_lists(live, block))
        heartbeat()
    if not services.lists.has_links(collection.name, live):
        return ["the cache lacks the links between items of the live generation"]
    cached_lists = services.lists.count(collection.name, live)
    if cached_lists == stored_lists:
        return []
    return [f"the cache has {cached_lists} lists, but the store has {stored_lists}"]
