"""Store, vectors and lists compared. Nothing is changed: the result says what differs.

What has changed while it was compared is looked at once more, under the collection's lock.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from core.errors import NotFound
from core.jobs import Job, Outcome
from core.pipelines.reindex.reconcile import Differences, Picture, all_items, differences
from core.pipelines.services import Report, Rooms
from core.storage import Collection

EXAMPLES = 20
LOOKED_AT_AGAIN = 1_000


def verify(job: Job, rooms: Rooms, report: Report) -> Outcome:
    """Compare what is kept of a collection; the result is sound, or tells what differs.

    Raises:
        NotFound: the collection is gone.
        Unavailable: a part does not answer.
    """
    collection = rooms.collection(job)
    vectors = _vectors(collection, rooms, report)
    pictures = {
        "without_vector": _told(vectors.missing),
        "vectors_of_nothing": _told(vectors.extra),
        "without_file": _told(_lost(collection, rooms, report)),
    }
    lists = _lists(collection, rooms, report)
    counts = rooms.items(collection).count()
    sound = not lists and not any(one["count"] for one in pictures.values())
    result = {"sound": sound, **counts, **pictures, "lists": lists}
    return Outcome(done=counts["items"], total=counts["items"], result=result)


def _told(pictures: Iterable[Picture]) -> dict[str, Any]:
    found = sorted(pictures)
    return {"count": len(found), "first": [list(one) for one in found[:EXAMPLES]]}


def _vectors(collection: Collection, rooms: Rooms, report: Report) -> Differences:
    try:
        found = differences(collection, collection.spaces[0], rooms, report)
    except NotFound:  # all are lost, or no picture has come yet
        items = all_items(collection, rooms, report)
        return Differences(set(), {(item.sku, one.view) for item in items for one in item.images})
    return _looked_at_again(collection, found, rooms)


def _looked_at_again(collection: Collection, found: Differences, rooms: Rooms) -> Differences:
    skus = set(sorted({sku for sku, _ in found.extra | found.missing})[:LOOKED_AT_AGAIN])
    extra = {one for one in found.extra if one[0] not in skus}
    missing = {one for one in found.missing if one[0] not in skus}
    for sku in skus:
        with rooms.locks.changing(collection.name):
            item = rooms.items(collection).find([sku]).get(sku)
            there = set(rooms.vectors.vectors_of(collection.space, sku))
        wanted = {image.view for image in item.images} if item else set()
        extra |= {(sku, view) for view in there - wanted}
        missing |= {(sku, view) for view in wanted - there}
    return Differences(extra, missing)


def _lost(collection: Collection, rooms: Rooms, report: Report) -> Iterator[Picture]:
    """Pictures that a document names and of which the store has no file."""
    files = rooms.items(collection).files()
    for item in all_items(collection, rooms, report):
        for image in item.images:
            if image.file not in files and not _there_now(collection, item.sku, image.view, rooms):
                yield item.sku, image.view


def _there_now(collection: Collection, sku: str, view: str, rooms: Rooms) -> bool:
    """Whether the file of a picture is there, or the picture is gone with it."""
    items = rooms.items(collection)
    with rooms.locks.changing(collection.name):
        item = items.find([sku]).get(sku)
        images = [image for image in item.images if image.view == view] if item else []
        return all(items.has_picture(image) for image in images)


def _lists(collection: Collection, rooms: Rooms, report: Report) -> list[str]:
    """What is wrong with the lists, in sentences."""
    folder = rooms.sales(collection)
    live, served = folder.recommender().live, rooms.lists.live(collection.name)
    if served != live:
        what = f"serves {served}" if served else "has none yet"
        return [f"the cache {what}; the store has {live or 'none'}"]
    if live is None:
        return []
    kept = 0
    for block in folder.blocks(live):
        kept += sum(1 for _ in folder.read_lists(live, block))
        report()
    there = rooms.lists.count(collection.name, live)
    return [] if there == kept else [f"the cache has {there} lists, the store {kept}"]
