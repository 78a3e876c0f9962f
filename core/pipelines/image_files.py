"""Checks the image files of a collection against its item documents."""

import hashlib
from collections.abc import Callable, Iterator

from core.errors import NotFound
from core.pipelines.reindex.reconcile import ImageKey, iterate_items
from core.pipelines.services import Heartbeat, Services
from core.storage import Collection, Item, ItemImage, Items


def find_missing_files(
    collection: Collection, services: Services, heartbeat: Heartbeat
) -> Iterator[ImageKey]:
    """Yield the images in item documents whose file is missing from the store."""
    items = services.items(collection)
    files = items.files()
    suspects = (
        (item.sku, image)
        for item, image in _images(collection, services, heartbeat)
        if image.file not in files
    )
    yield from _recheck(collection, suspects, items.has_image, services)


def find_damaged_files(
    collection: Collection, services: Services, heartbeat: Heartbeat
) -> Iterator[ImageKey]:
    """Yield the images whose file does not match the size and checksum in the item document."""
    items = services.items(collection)
    suspects = (
        (item.sku, image)
        for item, image in _images(collection, services, heartbeat)
        if not _is_intact(image, items)
    )
    yield from _recheck(collection, suspects, lambda image: _is_intact(image, items), services)


def _images(
    collection: Collection, services: Services, heartbeat: Heartbeat
) -> Iterator[tuple[Item, ItemImage]]:
    for item in iterate_items(collection, services, heartbeat):
        if isinstance(item, Item):
            yield from ((item, image) for image in item.images)


def _is_intact(image: ItemImage, items: Items) -> bool:
    """Return whether an image's file is as uploaded, or missing, which is reported elsewhere."""
    try:
        data = items.read_image(image)
    except NotFound:
        return True
    return len(data) == image.bytes and hashlib.sha256(data).hexdigest() == image.sha256


def _recheck(
    collection: Collection,
    suspects: Iterator[tuple[str, ItemImage]],
    is_sound: Callable[[ItemImage], bool],
    services: Services,
) -> Iterator[ImageKey]:
    """Yield those images that still belong to their items and are still faulty."""
    for sku, image in suspects:
        with services.locks.exclusive(collection.name):
            item = services.items(collection).find([sku]).get(sku)
            if item and image in item.images and not is_sound(image):
                yield sku, image.view
