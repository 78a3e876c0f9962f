"""What the vectors of a space lack, or have too many of, beside the documents in the store."""

from collections.abc import Iterator

from core.pipelines.rooms import Report, Rooms, batches, no_report
from core.store import Collection, Item, Space
from core.store.items import item_key

_READ_AT_ONCE = 500


def put_right(
    collection: Collection, space: Space, rooms: Rooms, report: Report = no_report
) -> tuple[int, list[str]]:
    """Remove the vectors of pictures that are not in the store.

    Returns how many they were, and the keys of the items of which a picture has no vector.
    """
    there = set(rooms.vectors.keys(space.name))
    extra, missing = set(there), []
    for item in _all_items(collection, rooms, report):
        wanted = {(item.sku, image.view) for image in item.images}
        extra -= wanted
        if not wanted <= there:
            missing.append(item_key(item.sku))
    views: dict[str, set[str]] = {}
    for sku, view in extra:
        views.setdefault(sku, set()).add(view)
    dropped = sum(_drop(collection, space, sku, of, rooms) for sku, of in views.items())
    return dropped, missing


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
