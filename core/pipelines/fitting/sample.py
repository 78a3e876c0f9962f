"""Chooses the images that a recipe is fitted to: varied, and the same ones each time."""

from itertools import chain, islice, zip_longest

from core.pipelines.services import Services
from core.storage import Collection, ItemImage

MOST = 1_000
"""Images to fit to; more hardly change the result."""


def choose_images(collection: Collection, services: Services) -> list[ItemImage]:
    """Return up to `MOST` different images, of as many items as possible.

    The order is that of the hashes of the SKUs, which is as good as random. Equal files, such as
    the placeholder of a shop, count once.
    """
    items = services.items(collection)
    chosen = items.by_keys(islice(items.keys(), MOST))
    rounds = zip_longest(*(item.images for item in chosen))
    images = {image.sha256: image for image in chain.from_iterable(rounds) if image is not None}
    return list(islice(images.values(), MOST))
