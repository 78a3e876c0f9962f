"""Chooses the images that a recipe is fitted to: varied, and the same ones each time."""

from itertools import chain, islice, zip_longest

from core.pipelines.services import Services
from core.storage import Collection, ItemImage

MAX_IMAGES = 1_000
"""Images to fit to; further images change the result very little."""


def choose_images(collection: Collection, services: Services) -> list[ItemImage]:
    """Return up to `MAX_IMAGES` different images, of as many items as possible.

    The order is that of the hashes of the SKUs, which is as good as random. Equal files, such as
    the placeholder of a shop, count once.
    """
    items = services.items(collection)
    chosen = items.by_keys(islice(items.keys(), MAX_IMAGES))
    rounds = zip_longest(*(item.images for item in chosen))
    images = {image.sha256: image for image in chain.from_iterable(rounds) if image is not None}
    return list(islice(images.values(), MAX_IMAGES))
