"""A published shop whose items have pictures; the last one is hidden. Needs no workers."""

import hashlib
from datetime import UTC, datetime

from core.domain import Availability
from core.storage import Item, ItemImage, image_file
from tests.support.images import jpeg
from tests.support.published_shop import publish_shop

SKUS, HIDDEN = ("A", "B/1", "C", "H"), "H"
VIEWS = ("main", "back")


def picture(sku, view="main"):
    """Return the image of an item."""
    return jpeg(2 * SKUS.index(sku) + VIEWS.index(view))


def publish_pictured_shop(services):
    """Publish the collection `shop`, in which every item is similar to all others."""
    shop = publish_shop(services, {sku: {} for sku in SKUS})
    items = [item_with_pictures(services.items(shop), sku) for sku in SKUS]
    services.items(shop).put_all(items)
    services.item_cache.put_cards("shop", items)
    token = services.item_cache.begin("shop")
    services.item_cache.go_live("shop", token, 1, {HIDDEN: Availability.HIDDEN})


def item_with_pictures(items, sku):
    """Store the pictures of an item and return it."""
    data = {view: picture(sku, view) for view in VIEWS}
    images = tuple(_image(sku, view, data[view]) for view in VIEWS)
    items.put_images((image.file, data[image.view]) for image in images)
    now = datetime.now(UTC)
    return Item(sku=sku, images=images, created_at=now, updated_at=now)


def _image(sku, view, data):
    digest = hashlib.sha256(data).hexdigest()
    return ItemImage(
        view=view, file=image_file(sku, digest), sha256=digest, format="JPEG", width=64, height=64,
        bytes=len(data),
    )  # fmt: skip
