"""What the vectors of a space lack, or have too many of, beside the documents in the store."""

from collections.abc import Iterator

from core.pipelines.rooms import Report, Rooms, batches, no_report
from core.store import Collection, Item, Space
from core.store.items import item_key

_READ_AT_ONCE = 500


def missing_items(
    collection: Collection, space: Space, rooms: Rooms, report: Report = no_report
) -> list[str]:
    """Keys of the items of which a picture has no vector."""
    there = set(rooms.vectors.keys(space.name))
    return [
        item_key(item.sku)
        for item in _all_items(collection, rooms, report)
        if any((item.sku, image.view) not in there for image in item.images)
    ]


def drop_extra(
    collection: Collection, space: Space, rooms: Rooms, report: Report = no_report
) -> int:
    """Remove the vectors of pictures that are not in the store; return how many they were."""
    there = set(rooms.vectors.keys(space.name))
    wanted = {
        (item.sku, image.view)
        for item in _all_items(collection, rooms, report)
        for image in item.images
    }
    extra: dict[str, set[str]] = {}
    for sku, view in there - wanted:
        extra.setdefault(sku, set()).add(view)
    return sum(_drop(collection, space, sku, views, rooms) for sku, views in extra.items())


def _drop(collection: Collection, space: Space, sku: str, views: set[str], rooms: Rooms) -> int:
    with rooms.locks.changing(collection.name):
        item = rooms.items(collection).find([sku]).get(sku)  # it may have come meanwhile
        gone = views - {image.view for image in (item.images if item else ())}
        if gone:
            rooms.vectors.delete_views(space.name, sku, sorted(gone))
        return len(gone)


def _all_items(collection: Collection, rooms: Rooms, report: Report) -> Iterator[Item]:
    items = rooms.items(collection)
    for keys in batches(items.keys(), _READ_AT_ONCE):
        yield from items.by_keys(keys)
        report()
