"""All that has to be backed up: collections, items, pictures, uploads, who changed what."""

from core.store.audit import Audit
from core.store.collections import Beside, Collection, Collections, CollectionState, Left, Space
from core.store.files import Files
from core.store.items import Item, ItemImage, Items, picture_file
from core.store.keys import Key, Keys, Role
from core.store.pseudonyms import Pseudonyms
from core.store.sales import Recommender, SalesFiles, SalesUpload
from core.store.uploads import Entry, PackWriter, Part, Uploads, read_entry
from core.store.window import Window

__all__ = [
    "Audit",
    "Beside",
    "Collection",
    "CollectionState",
    "Collections",
    "Entry",
    "Files",
    "Item",
    "ItemImage",
    "Items",
    "Key",
    "Keys",
    "Left",
    "PackWriter",
    "Part",
    "Pseudonyms",
    "Recommender",
    "Role",
    "SalesFiles",
    "SalesUpload",
    "Space",
    "Uploads",
    "Window",
    "picture_file",
    "read_entry",
]
