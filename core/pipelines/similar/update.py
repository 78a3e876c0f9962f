"""Updates the similar lists of a collection: computes, stores and publishes them.

An update compares the lists in the store with the vectors in Milvus; so it may be repeated, and no
change is lost. Whenever it dies, the cache serves whole lists, some of them old ones, and the next
update completes them. The scale of scores and the duplicates, which take most of the time, wait for
imports that are running, and are left to the last of several updates.
"""

import logging
import secrets
from collections.abc import Iterator
from functools import partial
from typing import cast

import numpy as np

from core.errors import NotFound
from core.jobs import Job, Outcome
from core.pipelines.item_cache import restore_items
from core.pipelines.services import Heartbeat, Services, StepPostponed
from core.pipelines.similar.duplicates import refresh_duplicates
from core.pipelines.similar.import_priority import (
    compute_gently,
    is_left_to_later,
    waits_for_imports,
)
from core.pipelines.similar.publisher import Publisher
from core.pipelines.similar.score_scale import refresh_scale
from core.similar import ImageVectors, SimilarLists, Update, collect_images, update_lists
from core.storage import Collection, SimilarVersion
from core.vectors import Vector

log = logging.getLogger(__name__)

_READ_BATCH = 1_000


def update_similar(job: Job, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Bring the similar lists of a collection in line with its vectors.

    If the cache has lost the lists, those of the store are served meanwhile. While images are
    imported, the scale of scores and the duplicates are left to a second step.

    Raises:
        Unavailable: another update of the collection is running, or a server does not respond.
    """
    update, is_complete = _update(job, services, heartbeat)
    items, changed = len(update.lists.images.skus), len(update.changed)
    result = {"items": items, "changed": changed}
    return Outcome(done=items, total=items, chunks=0 if is_complete else 1, result=result)


def complete_update(job: Job, _: int, services: Services, heartbeat: Heartbeat) -> Outcome:
    """Do what the first step has left, after another look at the vectors, which may have changed.

    A later update of the collection does it instead, if there is one.

    Raises:
        StepPostponed: images are being imported.
        Unavailable: as for `update_similar`.
    """
    collection = services.collection(job)
    if is_left_to_later(job, collection, services):
        return Outcome()
    if waits_for_imports(job, collection, services) or not _update(job, services, heartbeat)[1]:
        raise StepPostponed("images are being imported; duplicates are looked for afterwards")
    return Outcome()


def _update(job: Job, services: Services, heartbeat: Heartbeat) -> tuple[Update, bool]:
    """Update lists, scale and duplicates; return also whether nothing was left for later."""
    collection = services.collection(job)
    store = services.similar_lists(collection)
    with services.locks.exclusive(f"{collection.name}:similar") as ensure_held:
        restore_items(collection, services, heartbeat)
        publisher = Publisher(collection, services, heartbeat, ensure_held)
        earlier = store.version()
        lists = _load(collection, earlier, services)
        if earlier and lists:
            publisher.restore(earlier.id, lists)
        images = _read_images(collection, lists, services, heartbeat)
        compute = partial(_compute, collection, earlier, lists, images, heartbeat)
        update = compute_gently(compute, services)
        version = earlier if lists and not _differs(update, lists) else None
        if version is None:
            version = SimilarVersion(id=secrets.token_hex(8), index=collection.index_name)
            ensure_held()
            store.write(version, update.lists.to_bytes())
        publisher.publish(version.id, earlier.id if earlier else None, update)
        return update, not images or _refresh(job, collection, update, images, services, heartbeat)


def _refresh(
    job: Job,
    collection: Collection,
    update: Update,
    images: ImageVectors,
    services: Services,
    heartbeat: Heartbeat,
) -> bool:
    """Refresh the scale of scores and the duplicates; return whether nothing is left to do."""
    if is_left_to_later(job, collection, services):
        return True
    if waits_for_imports(job, collection, services):
        return False
    scale = refresh_scale(collection, images, services, heartbeat)
    if waits_for_imports(job, collection, services):
        return False
    refresh_duplicates(collection, update.lists, images, scale, services, heartbeat)
    return True


def _compute(
    collection: Collection,
    earlier: SimilarVersion | None,
    lists: SimilarLists | None,
    images: ImageVectors | None,
    heartbeat: Heartbeat,
) -> Update:
    """Compute the lists; if Milvus has no vectors, because it has lost them, keep the lists."""
    if images is None:
        return Update(cast("SimilarLists", lists), np.arange(0))
    is_current = earlier is not None and earlier.index == collection.index_name
    return update_lists(lists if is_current else None, images, heartbeat)


def _read_images(
    collection: Collection, lists: SimilarLists | None, services: Services, heartbeat: Heartbeat
) -> ImageVectors | None:
    """Return all vectors; None if Milvus has lost them."""
    try:
        return collect_images(_read_vectors(collection, services, heartbeat))
    except NotFound:
        return None if lists else collect_images([])


def _load(
    collection: Collection, version: SimilarVersion | None, services: Services
) -> SimilarLists | None:
    """Return the lists in the store; None if there are none, or they are damaged."""
    data = services.similar_lists(collection).read(version) if version else None
    if data is None:
        return None
    try:
        return SimilarLists.from_bytes(data)
    except ValueError as exc:
        log.warning("collection %s: %s; all lists are computed again", collection.name, exc)
        return None


def _read_vectors(
    collection: Collection, services: Services, heartbeat: Heartbeat
) -> Iterator[tuple[str, str, Vector]]:
    for number, row in enumerate(services.vectors.vectors(collection.index_name)):
        if number % _READ_BATCH == 0:
            heartbeat()
        yield row


def _differs(update: Update, before: SimilarLists) -> bool:
    return len(update.changed) > 0 or update.lists.images.skus != before.images.skus
