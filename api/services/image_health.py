"""What is wrong with the images of a collection."""

from collections import Counter

from api.dependencies import Services
from api.services.visibility import sees_hidden
from core.cache.image_index import IndexedImage
from core.domain import Availability, ImageProblem
from core.errors import Unavailable
from core.storage import Collection

REPEATED_IN = 10
"""A file that is an image of so many items is probably a placeholder."""


def read_images(collection: Collection, services: Services) -> list[IndexedImage]:
    """Return the images of all items that the current key sees, sorted by SKU.

    What the shop does not mind in an image is left out of its problems.

    Raises:
        Unavailable: the cache has lost them and is being restored.
    """
    images = read_all_images(collection, services)
    if not sees_hidden():
        states = services.availability(collection).read().states
        images = [i for i in images if states.get(i.sku) is not Availability.HIDDEN]
    dismissed = services.dismissals(collection).read().problems()
    return [
        image._replace(problems=tuple(p for p in image.problems if p not in dismissed[image.file]))
        if image.problems and image.file in dismissed
        else image
        for image in images
    ]


def read_all_images(collection: Collection, services: Services) -> list[IndexedImage]:
    """Return the images of all items with all their problems, sorted by SKU.

    Raises:
        Unavailable: the cache has lost them and is being restored.
    """
    images = services.item_cache.images(collection.name)
    if images is None:
        services.dispatcher.refill_lists(collection.name)
        raise Unavailable("the state of the images is being read again; retry in a minute")
    return _with_repeated(images)


def _with_repeated(images: list[IndexedImage]) -> list[IndexedImage]:
    """Add the problem of images whose file many items have."""
    items = Counter(file for _, file in {(image.sku, image.file) for image in images})
    return [
        image._replace(problems=(*(image.problems or ()), ImageProblem.REPEATED))
        if items[image.file] >= REPEATED_IN
        else image
        for image in images
    ]
