"""Explains why a search without a filter matches nothing."""

from contextlib import suppress

from api.dependencies import Services
from api.services.visibility import find_unavailable, sees_hidden
from core.cache.search_messages import SearchRequest
from core.domain import Availability
from core.errors import Unavailable
from core.storage import Collection

_SAMPLE = 20


def explain_index(query: SearchRequest, collection: Collection, services: Services) -> str | None:
    """Return how to repair an index that lacks the images of a collection, as after a restore.

    None if the current key only reads, if the search may match nothing although the index is whole,
    if a sample of the items has no image, or if the cache does not have the items.
    """
    name = collection.name
    with suppress(Unavailable):
        if sees_hidden() and _matches_any_image(query) and _has_images(collection, services):
            return (
                f"collection {name!r} has images, but its index answers with none of them; unless "
                f"they are just being imported, run `lookalike verify {name}`, then "
                f"`lookalike rebuild {name} --repair`"
            )
    return None


def _matches_any_image(query: SearchRequest) -> bool:
    limits = query.text, query.rules, query.after, query.sku
    return query.min_score <= 0 and not any(limits)


def _has_images(collection: Collection, services: Services) -> bool:
    """Return whether any item of a sample has an image and is not hidden."""
    images = services.item_cache.some_images(collection.name, _SAMPLE) or ()
    skus = [image.sku for image in images]
    states = find_unavailable(skus, collection, services)
    return any(states.get(sku) is not Availability.HIDDEN for sku in skus)
