"""Items, and changes of items, without a server."""

from datetime import UTC, datetime

from core.domain import SEEN_COLOUR
from core.storage import Item, ItemChange
from core.storage.backends.backend import no_check

FIRST = datetime(2026, 5, 1, tzinfo=UTC)


def items_with(attributes, at=FIRST):
    """Return items without images, created at the same time; `attributes` are by SKU."""
    return [
        Item(sku=sku, attributes=values, created_at=at, updated_at=at)
        for sku, values in attributes.items()
    ]


def own(attributes):
    """Return the attributes that requests have set, without those seen in images."""
    return {name: value for name, value in attributes.items() if name != SEEN_COLOUR}


def delete_item(items, sku, sequence=1):
    """Delete an item as a request with this sequence number does."""
    items.write(items.merge([ItemChange.deletion(sku, sequence)]), no_check)
