"""Everything that has to be backed up: collections, items with their pictures, uploads."""

from core.store.collections import Collection, Collections, CollectionState
from core.store.files import Files
from core.store.items import Item, ItemImage, Items, picture_file
from core.store.uploads import Entry, PackWriter, Part, Uploads, read_entry

__all__ = [
    "Collection",
    "CollectionState",
    "Collections",
    "Entry",
    "Files",
    "Item",
    "ItemImage",
    "Items",
    "PackWriter",
    "Part",
    "Uploads",
    "picture_file",
    "read_entry",
]
