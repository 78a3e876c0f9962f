"""Changes of items without a server."""

from core.storage import ItemChange
from core.storage.backends.backend import no_check


def delete_item(items, sku, sequence=1):
    """Delete an item as a request with this sequence number does."""
    items.write(items.merge([ItemChange.deletion(sku, sequence)]), no_check)
