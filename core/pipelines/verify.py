"""Store, vectors and lists compared. Nothing is changed: the result says what differs.

What has changed while it was compared is looked at once more, under the collection's lock.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from core.errors import NotFound
from core.jobs import Job, Outcome
from core.pipelines.reindex.reconcile import Differences, Picture, all_items, differences
from core.pipelines.services import Report, Services
from core.storage import Collection

EXAMPLES = 20
LOOKED_AT_AGAIN = 1_000


def verify(job: Job, services: Services, report: Report) -> Outcome:
    """Compare what is kept of a collection; the result is sound, or tells what differs.

    Raises:
        NotFound: the collection is gone.
        Unavailable: a part does not answer.
    """
    collection = services.collection(job)
    vectors = _vectors(collection, services, report)
    pictures = {
        "without_vector": _told(vectors.missing),
        "vectors_of_nothing": _told(vectors.extra),
        "without_file": _told(_lost(collection, services, report)),
    }
    lists = _lists(collection, services, report)
    counts = services.items(collection).count()
    sound = not lists and not any(one["count"] for one in pictures.values())
    result = {"sound": sound, **counts, **pictures, "lists": lists}
    return Outcome(done=counts["items"], total=counts["items"], result=result)


def _told(pictures: Iterable[Picture]) -> dict[str, Any]:
    found = sorted(pictures)
    return {"count": len(found), "first": [list(one) for one in found[:EXAMPLES]]}


def _vectors(collection: Collection, services: Services, report: Report) -> Differences:
    try:
        found = differences(collection, collection.spaces[0], services, report)
    except NotFound:  # all are lost, or no picture has come yet
        items = all_items(collection, services, report)
        return Differences(set(), {(item.sku, one.view) for item in items for one in item.images})
    return _looked_at_again(collection, found, services)


def _looked_at_again(collection: Collection, found: Differences, services: Services) -> Differences:
    skus = set(sorted({sku for sku, _ in found.extra | found.missing})[:LOOKED_AT_AGAIN])
    extra = {one for one in found.extra if one[0] not in skus}
    missing = {one for one in found.missing if one[0] not in skus}
    for sku in skus:
        with services.locks.changing(collection.name):
            item = services.items(collection).find([sku]).get(sku)
            there = set(services.vectors.vectors_of(collection.space, sku))
        wanted = {image.view for image in item.images} if item else set()
        extra |= {(sku, view) for view in there - wanted}
        missing |= {(sku, view) for view in wanted - there}
    return Differences(extra, missing)


def _lost(collection: Collection, services: Services, report: Report) -> Iterator[Picture]:
    """Pictures that a document names and of which the store has no file."""
    files = services.items(collection).files()
    for item in all_items(collection, services, report):
        for image in item.images:
            if image.file not in files and not _there_now(
                collection, item.sku, image.view, services
            ):
                yield item.sku, image.view


def _there_now(collection: Collection, sku: str, view: str, services: Services) -> bool:
    """Whether the file of a picture is there, or the picture is gone with it."""
    items = services.items(collection)
    with services.locks.changing(collection.name):
        item = items.find([sku]).get(sku)
        images = [image for image in item.images if image.view == view] if item else []
        return all(items.has_picture(image) for image in images)


def _lists(collection: Collection, services: Services, report: Report) -> list[str]:
    """What is wrong with the lists, in sentences."""
    folder = services.sales(collection)
    live, served = folder.recommender().live, services.lists.live(collection.name)
    if served != live:
        what = f"serves {served}" if served else "has none yet"
        return [f"the cache {what}; the store has {live or 'none'}"]
    if live is None:
        return []
    kept = 0
    for block in folder.blocks(live):
        kept += sum(1 for _ in folder.read_lists(live, block))
        report()
    there = services.lists.count(collection.name, live)
    return [] if there == kept else [f"the cache has {there} lists, the store {kept}"]
