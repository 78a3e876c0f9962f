"""Everything that has to be backed up: collections, items with their pictures, uploads."""

from core.store.collections import Beside, Collection, Collections, CollectionState, Left, Space
from core.store.files import Files
from core.store.items import Item, ItemImage, Items, picture_file
from core.store.uploads import Entry, PackWriter, Part, Uploads, read_entry

__all__ = [
    "Beside",
    "Collection",
    "CollectionState",
    "Collections",
    "Entry",
    "Files",
    "Item",
    "ItemImage",
    "Items",
    "Left",
    "PackWriter",
    "Part",
    "Space",
    "Uploads",
    "picture_file",
    "read_entry",
]
