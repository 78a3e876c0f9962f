"""Keeps the cards of items in the cache, which similar lists show, in line with their documents."""

from collections.abc import Iterable

from core.pipelines.services import Services
from core.storage import ItemImage, ItemUpdate


def show_updates(collection: str, updates: Iterable[ItemUpdate], services: Services) -> None:
    """Write the cards of changed items; drop the lists of items whose images changed.

    Callers hold the collection's lock and have written the documents.
    """
    existing = [(update, update.after) for update in updates if update.after is not None]
    services.item_cache.put_cards(collection, [item for _, item in existing])
    services.similar.drop_lists(
        collection, [item.sku for update, item in existing if changes_vectors(update)]
    )


def changes_vectors(update: ItemUpdate) -> bool:
    """Return whether the vectors of an item change."""
    before = update.before.images if update.before else ()
    return _files(before) != _files(update.images) or update.was_damaged


def _files(images: Iterable[ItemImage]) -> list[tuple[str, str]]:
    return [(image.view, image.file) for image in images]
